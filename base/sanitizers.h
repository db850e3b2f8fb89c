// Is this build instrumented by AddressSanitizer? It reserves terabytes of address space at its start, so a child of ours that is
// instrumented too cannot live under RLIMIT_AS.
#pragma once

namespace assay {

#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool kAddressSanitizer = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
inline constexpr bool kAddressSanitizer = true;
#else
inline constexpr bool kAddressSanitizer = false;
#endif
#else
inline constexpr bool kAddressSanitizer = false;
#endif

}  // namespace assay
