#include "frontend/lowering/syntax/parser.h"

#include <clang/Basic/SourceManager.h>
#include <clang/Lex/Lexer.h>

#include "frontend/lowering/parse.h"

namespace assay::syntax {

Result<Parser> Parser::create(const std::string& file_name) {
  Result<std::vector<std::string>> arguments = lowering::clang_arguments({}, file_name);
  if (!arguments) return fail(arguments.error());
  return Parser(file_name, std::move(*arguments));
}

Status Parser::parse(const std::string& text, const std::function<void(clang::ASTContext&)>& use) const {
  lowering::Overlay as_written{text, lowering::SourceMap(text), {}, {}};
  as_written.map.copy(0, text.size());
  const lowering::ParseOutcome outcome = lowering::parse(as_written, file_name_, arguments_, use);
  if (outcome.parsed) return {};
  return input_error(outcome.diagnostics.empty() ? "Clang does not parse the text" : outcome.diagnostics.front().message, "give a text that is C",
                     SourceRange{file_name_, {}, {}});
}

std::optional<Bytes> bytes_of(const clang::ASTContext& context, clang::SourceRange range) {
  const clang::SourceManager& sources = context.getSourceManager();
  if (range.isInvalid() || range.getBegin().isMacroID() || range.getEnd().isMacroID()) return std::nullopt;
  const auto [begin_file, begin] = sources.getDecomposedLoc(range.getBegin());
  const auto [end_file, end] = sources.getDecomposedLoc(range.getEnd());
  if (begin_file != sources.getMainFileID() || end_file != begin_file) return std::nullopt;
  return Bytes{begin, end + clang::Lexer::MeasureTokenLength(range.getEnd(), sources, context.getLangOpts())};
}

}  // namespace assay::syntax
