// The loops for any CPU of the target architecture.
#define ASSAY_PATH_NAMESPACE path_baseline
#define ASSAY_PATH_NAME "baseline"
#define ASSAY_PATH_REGISTER 16
#define ASSAY_PATH_ROWS 2
#define ASSAY_PATH_PANELS 1
#include "circuits/model/path_kernels_body.h"
