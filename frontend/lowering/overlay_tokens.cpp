#include "frontend/lowering/overlay_tokens.h"

#include <clang/Basic/LangOptions.h>
#include <clang/Lex/Lexer.h>

#include <string>

namespace assay::lowering {

namespace {

RawKind kind_of(const clang::Token& token) {
  switch (token.getKind()) {
    case clang::tok::comment: return RawKind::kComment;
    case clang::tok::l_brace: return RawKind::kOpenBrace;
    case clang::tok::r_brace: return RawKind::kCloseBrace;
    case clang::tok::l_paren: return RawKind::kOpenParen;
    case clang::tok::r_paren: return RawKind::kCloseParen;
    case clang::tok::semi: return RawKind::kSemicolon;
    case clang::tok::colon: return RawKind::kColon;
    default: return RawKind::kOther;
  }
}

}  // namespace

std::vector<RawToken> raw_tokens(std::string_view source) {
  std::string terminated(source);  // the lexer wants a NUL behind the text
  clang::LangOptions options;
  options.LineComment = true;
  const char* start = terminated.data();
  clang::Lexer lexer(clang::SourceLocation::getFromRawEncoding(1), options, start, start, start + terminated.size());
  lexer.SetCommentRetentionState(true);
  std::vector<RawToken> tokens;
  int braces = 0, parens = 0;
  bool in_directive = false;
  clang::Token token;
  for (;;) {
    bool last = lexer.LexFromRawLexer(token);
    if (token.is(clang::tok::eof)) break;
    std::size_t offset = static_cast<std::size_t>(lexer.getBufferLocation() - start) - token.getLength();
    if (token.isAtStartOfLine()) in_directive = token.is(clang::tok::hash);
    RawToken raw{kind_of(token), offset, offset + token.getLength(), source.substr(offset, token.getLength()), 0, 0, in_directive};
    if (!in_directive && raw.kind == RawKind::kCloseBrace && braces > 0) --braces;
    if (!in_directive && raw.kind == RawKind::kCloseParen && parens > 0) --parens;
    raw.braces = braces;
    raw.parens = parens;
    if (!in_directive && raw.kind == RawKind::kOpenBrace) ++braces;
    if (!in_directive && raw.kind == RawKind::kOpenParen) ++parens;
    tokens.push_back(raw);
    if (last) break;
  }
  return tokens;
}

}  // namespace assay::lowering
