#include "frontend/lowering/syntax/code_edits.h"

#include <clang/AST/Decl.h>
#include <fmt/format.h>

#include <algorithm>

#include "frontend/lowering/syntax/parser.h"
#include "frontend/lowering/syntax/syntax_edits.h"

namespace assay::syntax {
namespace {

/// The lines behind `begin` that lie within [begin, end): where each begins, and its leading blanks.
std::vector<Bytes> indents(const std::string& text, std::size_t begin, std::size_t end) {
  std::vector<Bytes> found;
  for (std::size_t at = text.find('\n', begin); at < end; at = text.find('\n', at + 1)) {
    const std::size_t word = std::min(text.find_first_not_of(' ', at + 1), text.size());
    if (word > at + 1 && word < text.size() && text[word] != '\n') found.push_back({at + 1, word});
  }
  return found;
}

/// Layout of one function: [begin, end) of its text, `{` at `body`, its last statement at `last`.
class Layout {
 public:
  Layout(const std::string& text, Bytes function, std::size_t body, std::optional<std::size_t> last)
      : text_(text), function_(function), body_(body), last_(last) {}

  std::vector<Alternatives> find() {
    indent();
    brace();
    blank_line();
    return std::move(found_);
  }

 private:
  void add(std::string what, std::vector<TextChange> changes) {
    if (!changes.empty()) found_.push_back({"reformat", "CompoundStmt", {{std::move(what), std::move(changes)}}});
  }

  void indent() {
    const std::vector<Bytes> lines = indents(text_, function_.begin, function_.end);
    if (lines.empty()) return;
    const std::size_t step = lines.front().end - lines.front().begin, other = step == 4 ? 2 : 4;
    std::vector<TextChange> changes;
    for (const Bytes& line : lines) {
      const std::size_t width = line.end - line.begin;
      if (width % step != 0) return;
      changes.push_back({line.begin, line.end, std::string(width / step * other, ' ')});
    }
    add(fmt::format("indented by {} -> by {}", step, other), std::move(changes));
  }

  void brace() {
    const std::size_t gap = text_.find_last_not_of(" \n", body_ - 1) + 1;
    const std::string between = text_.substr(gap, body_ - gap);
    if (between == " ") add("{ behind the head -> on a line of its own", {{gap, body_, "\n"}});
    if (between == "\n") add("{ on a line of its own -> behind the head", {{gap, body_, " "}});
  }

  void blank_line() {
    if (!last_) return;
    const std::size_t newline = text_.rfind('\n', *last_);
    if (newline == std::string::npos || newline <= body_ + 1 || text_[newline - 1] == '\n') return;
    add("no blank line before the last statement -> one", {{newline, newline, "\n"}});
  }

  const std::string& text_;
  const Bytes function_;
  const std::size_t body_;
  const std::optional<std::size_t> last_;
  std::vector<Alternatives> found_;
};

struct OfFunction {
  std::string function;
  std::vector<Alternatives> edits;
};

std::vector<OfFunction> edits_of(clang::ASTContext& context, const std::string& text) {
  std::vector<OfFunction> all;
  for (const clang::Decl* decl : context.getTranslationUnitDecl()->decls()) {
    const auto* function = llvm::dyn_cast<clang::FunctionDecl>(decl);
    if (function == nullptr || !function->doesThisDeclarationHaveABody()) continue;
    const auto whole = bytes_of(context, function->getSourceRange());
    const auto* body = llvm::dyn_cast<clang::CompoundStmt>(function->getBody());
    const auto block = body == nullptr ? std::nullopt : bytes_of(context, body->getSourceRange());
    if (!whole || !block) continue;
    OfFunction found{function->getNameAsString(), syntax_edits(context, *function, text)};
    const auto last = body->body_empty() || body->size() < 2 ? std::nullopt : bytes_of(context, body->body_back()->getSourceRange());
    const std::vector<Alternatives> layout = Layout(text, *whole, block->begin, last ? std::optional(last->begin) : std::nullopt).find();
    found.edits.insert(found.edits.end(), layout.begin(), layout.end());
    all.push_back(std::move(found));
  }
  return all;
}

/// Such edits leave C what it is, and go on behind the cut.
bool is_of_surface(const std::string& kind) { return kind == "rename" || kind == "reformat"; }

}  // namespace

const std::vector<std::string>& edit_kinds() {
  static const std::vector<std::string> kinds = {"rename", "reorder", "reformat", "idiom", "token"};
  return kinds;
}

Result<std::vector<CodeEdit>> code_edits(const std::string& text, const std::string& file_name, std::size_t cut) {
  const Result<Parser> parser = Parser::create(file_name);
  if (!parser) return fail(parser.error());
  std::vector<OfFunction> functions;
  const Status parsed = parser->parse(text, [&](clang::ASTContext& context) { functions = edits_of(context, text); });
  if (!parsed) return fail(parsed.error());
  std::vector<CodeEdit> edits;
  for (const std::string& kind : edit_kinds()) {
    std::size_t number = 0;
    for (const OfFunction& function : functions)
      for (const Alternatives& each : function.edits) {
        if (each.kind != kind) continue;
        for (const Alternatives::Text& written : each.texts) {
          if (written.changes.front().begin >= cut) continue;
          if (!is_of_surface(kind) &&
              (written.changes.back().end > cut || !parser->parse(edited_text(written.changes, text), [](clang::ASTContext&) {})))
            continue;
          edits.push_back({kind, written.what, each.ast, function.function, number, written.changes});
        }
        ++number;
      }
  }
  return edits;
}

}  // namespace assay::syntax
