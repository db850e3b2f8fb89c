// `assay-lower < REQUEST`: C source into program text, in a process of its own (frontend/lowering/isolated.h).
#include <iostream>
#include <iterator>

#include "frontend/lowering/isolated.h"

int main() {
  const std::string request((std::istreambuf_iterator<char>(std::cin)), std::istreambuf_iterator<char>());
  std::cout << assay::lowering::answer_lowering_request(request) << std::flush;
  return std::cout ? 0 : 1;
}
