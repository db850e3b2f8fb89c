// Base64 of a digest written in hex, as a content security policy wants it. Source: RFC 4648. Test: tests/analysis/report_test.cpp
#pragma once

#include <string>
#include <string_view>

namespace assay::analysis {

/// `hex` has an even number of hexadecimal digits.
std::string base64_of_hex(std::string_view hex);

}  // namespace assay::analysis
