// The edits that follow from the syntax tree of one function: all but its layout.
// Test: tests/frontend/code_edits_test.cpp
#pragma once

#include <clang/AST/ASTContext.h>
#include <clang/AST/Decl.h>

#include "frontend/lowering/syntax/code_edits.h"
#include "frontend/lowering/syntax/parser.h"

namespace assay::syntax {

/// A node that has edits of one kind, and each text that may be written in its place.
struct Alternatives {
  std::string kind, ast;
  struct Text {
    std::string what;
    std::vector<TextChange> changes;
  };
  std::vector<Text> texts;
};

/// In the order of the tree. `text` is the main file.
std::vector<Alternatives> syntax_edits(clang::ASTContext& context, const clang::FunctionDecl& function, const std::string& text);

}  // namespace assay::syntax
