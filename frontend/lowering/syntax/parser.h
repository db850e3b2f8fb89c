// Clang on a text as it is written, contracts read as the comments that they are.
//
//   const Parser parser = *Parser::create("f.c");
//   if (Status parsed = parser.parse(text, [](clang::ASTContext& context) { ... }); !parsed) return parsed;
//
// Cost: about 5 ms for a short text. Test: tests/frontend/code_edits_test.cpp
#pragma once

#include <clang/AST/ASTContext.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace assay::syntax {

class Parser {
 public:
  /// `file_name`: what messages call the text.
  static Result<Parser> create(const std::string& file_name);
  /// Error: kInput with Clang's words where the text is no C.
  Status parse(const std::string& text, const std::function<void(clang::ASTContext&)>& use) const;

 private:
  Parser(std::string file_name, std::vector<std::string> arguments) : file_name_(std::move(file_name)), arguments_(std::move(arguments)) {}
  std::string file_name_;
  std::vector<std::string> arguments_;
};

/// Bytes of the main file; none for what a macro wrote.
struct Bytes {
  std::size_t begin = 0, end = 0;
};
std::optional<Bytes> bytes_of(const clang::ASTContext& context, clang::SourceRange range);

}  // namespace assay::syntax
