// The loops for x86-64-v4 (AVX-512): 32 registers of 16 floats hold a tile of 6 x 64.
#define ASSAY_PATH_NAMESPACE path_avx512
#define ASSAY_PATH_NAME "avx512"
#define ASSAY_PATH_REGISTER 64
#define ASSAY_PATH_ROWS 6
#define ASSAY_PATH_PANELS 4
#include "circuits/model/path_kernels_body.h"
