// The loops for x86-64-v3 (AVX2, FMA): 16 registers of 8 floats hold a tile of 6 x 16.
#define ASSAY_PATH_NAMESPACE path_avx2
#define ASSAY_PATH_NAME "avx2"
#define ASSAY_PATH_REGISTER 32
#define ASSAY_PATH_ROWS 6
#define ASSAY_PATH_PANELS 1
#include "circuits/model/path_kernels_body.h"
