#include "circuits/model/path_kernels.h"

namespace assay::circuits {

template <class Real>
const PathKernels<Real>& path_kernels() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq"))
    return path_avx512::kernels<Real>();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return path_avx2::kernels<Real>();
#endif
  return path_baseline::kernels<Real>();
}

template const PathKernels<float>& path_kernels<float>();
template const PathKernels<double>& path_kernels<double>();

}  // namespace assay::circuits
