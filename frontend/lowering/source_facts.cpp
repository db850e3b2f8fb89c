#include "frontend/lowering/source_facts.h"

#include <clang/AST/ASTConsumer.h>
#include <clang/AST/RecursiveASTVisitor.h>
#include <clang/AST/TypeLoc.h>
#include <clang/Basic/IdentifierTable.h>
#include <clang/Frontend/CompilerInstance.h>
#include <clang/Frontend/FrontendAction.h>
#include <clang/Lex/Lexer.h>
#include <clang/Lex/Preprocessor.h>
#include <clang/Tooling/Tooling.h>
#include <llvm/Support/CrashRecoveryContext.h>
#include <llvm/Support/VirtualFileSystem.h>

#include <algorithm>
#include <map>

#include "frontend/lowering/parse.h"

namespace assay::lowering {

using program::FunctionText;
using program::SourceFacts;
using program::SourceToken;
using program::SourceVariable;
using program::ValueType;

namespace {

constexpr unsigned kStackBytes = 512u << 20;  // reserved, not touched
constexpr std::uint64_t kMaxTokens = 1'000'000;

bool begins_type(clang::tok::TokenKind kind) {
  using namespace clang;
  for (const tok::TokenKind each :
       {tok::kw_int,    tok::kw_unsigned, tok::kw_signed,   tok::kw_long,   tok::kw_short,    tok::kw_char,   tok::kw__Bool,   tok::kw_bool,
        tok::kw_void,   tok::kw_const,    tok::kw_volatile, tok::kw_static, tok::kw_struct,   tok::kw_enum,   tok::kw_union,   tok::kw_float,
        tok::kw_double, tok::kw_restrict, tok::kw_auto,     tok::kw_extern, tok::kw_register, tok::kw_inline, tok::kw_typedef, tok::kw___int128})
    if (kind == each) return true;
  return false;
}

SourceToken::Kind kind_of(const clang::Token& token, clang::IdentifierTable& names) {
  if (token.is(clang::tok::raw_identifier)) {
    const clang::tok::TokenKind kind = names.get(token.getRawIdentifier()).getTokenID();
    if (kind == clang::tok::identifier) return SourceToken::Kind::kIdentifier;
    return begins_type(kind) ? SourceToken::Kind::kType : SourceToken::Kind::kKeyword;
  }
  return clang::tok::isLiteral(token.getKind()) ? SourceToken::Kind::kLiteral : SourceToken::Kind::kPunctuation;
}

std::vector<SourceToken> tokens_of(const std::string& text, const clang::LangOptions& options) {
  clang::IdentifierTable names(options);
  const char* start = text.c_str();
  clang::Lexer lexer(clang::SourceLocation::getFromRawEncoding(1), options, start, start, start + text.size());
  std::vector<SourceToken> tokens;
  bool in_directive = false;
  clang::Token token;
  for (bool last = false; !last;) {
    last = lexer.LexFromRawLexer(token);
    if (token.is(clang::tok::eof)) break;
    const std::size_t end = static_cast<std::size_t>(lexer.getBufferLocation() - start);
    if (token.isAtStartOfLine()) in_directive = token.is(clang::tok::hash);
    tokens.push_back({kind_of(token, names), end - token.getLength(), end, in_directive});
  }
  return tokens;
}

/// Where the main file has been read up to, and what was wrong first.
struct Reading {
  std::size_t last = 0;
  std::optional<std::size_t> refused_at;
  std::string refusal;
};

std::optional<std::size_t> offset_in_main(const clang::SourceManager& sources, clang::SourceLocation location) {
  if (location.isInvalid()) return std::nullopt;
  const auto [file, offset] = sources.getDecomposedLoc(sources.getExpansionLoc(location));
  return file == sources.getMainFileID() ? std::optional<std::size_t>(offset) : std::nullopt;
}

class FirstError : public clang::DiagnosticConsumer {
 public:
  explicit FirstError(Reading& reading) : reading_(reading) {}
  void HandleDiagnostic(clang::DiagnosticsEngine::Level level, const clang::Diagnostic& info) override {
    clang::DiagnosticConsumer::HandleDiagnostic(level, info);
    if (level < clang::DiagnosticsEngine::Error || reading_.refused_at) return;
    llvm::SmallString<128> words;
    info.FormatDiagnostic(words);
    reading_.refusal = words.str().str();
    reading_.refused_at = reading_.last;
    if (!info.hasSourceManager()) return;
    if (const auto at = offset_in_main(info.getSourceManager(), info.getLocation())) reading_.refused_at = std::max(reading_.last, *at);
  }

 private:
  Reading& reading_;
};

ValueType value_type(const clang::ASTContext& context, clang::QualType type) {
  const clang::QualType plain = type.getCanonicalType().getUnqualifiedType();
  if (!plain->isIntegerType() || plain->isEnumeralType()) return {};
  const clang::QualType promoted = context.isPromotableIntegerType(plain) ? context.getPromotedIntegerType(plain) : plain;
  clang::PrintingPolicy policy(context.getLangOpts());
  return {plain.getAsString(policy), promoted.getCanonicalType().getUnqualifiedType().getAsString(policy), type.isConstQualified()};
}

SourceVariable variable_of(const clang::ASTContext& context, const clang::VarDecl& variable, std::size_t declared) {
  SourceVariable found{variable.getNameAsString(), declared, value_type(context, variable.getType()), {}};
  if (variable.getType()->isPointerType() || variable.getType()->isArrayType()) {
    const clang::QualType element =
        variable.getType()->isPointerType() ? variable.getType()->getPointeeType() : context.getAsArrayType(variable.getType())->getElementType();
    found.element = value_type(context, element);
  }
  return found;
}

class Facts : public clang::RecursiveASTVisitor<Facts> {
 public:
  Facts(const clang::ASTContext& context, SourceFacts& facts) : context_(context), sources_(context.getSourceManager()), facts_(facts) {}

  void collect(const clang::FunctionDecl& function) {
    for (const clang::Decl* decl : function.decls())
      if (const auto* variable = llvm::dyn_cast<clang::VarDecl>(decl); variable != nullptr && !variable->isImplicit()) declare(*variable);
    std::sort(declared_.begin(), declared_.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& [at, variable] : declared_) {
      if (!facts_.variables.empty() && facts_.variables.back().declared == at) continue;
      numbers_[variable->getCanonicalDecl()] = facts_.variables.size();
      facts_.uses.push_back({at, facts_.variables.size()});
      facts_.variables.push_back(variable_of(context_, *variable, at));
    }
    TraverseStmt(function.getBody());
    std::sort(facts_.uses.begin(), facts_.uses.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
    facts_.uses.erase(std::unique(facts_.uses.begin(), facts_.uses.end()), facts_.uses.end());
    for (SourceToken& token : facts_.tokens)
      if (std::binary_search(types_.begin(), types_.end(), token.begin)) token.kind = SourceToken::Kind::kType;
  }

  bool VisitDeclRefExpr(clang::DeclRefExpr* reference) {
    const auto number = numbers_.find(reference->getDecl()->getCanonicalDecl());
    const auto at = offset_in_main(sources_, reference->getLocation());
    if (number != numbers_.end() && at) facts_.uses.push_back({*at, number->second});
    return true;
  }

 private:
  void declare(const clang::VarDecl& variable) {
    const auto at = offset_in_main(sources_, variable.getLocation());
    if (!at || variable.getName().empty()) return;
    declared_.emplace_back(*at, &variable);
    if (variable.getTypeSourceInfo() == nullptr) return;
    clang::TypeLoc place = variable.getTypeSourceInfo()->getTypeLoc();
    for (clang::TypeLoc next = place; next; next = next.getNextTypeLoc()) place = next;
    const auto name = offset_in_main(sources_, place.getBeginLoc());
    if (name) types_.insert(std::upper_bound(types_.begin(), types_.end(), *name), *name);
  }

  const clang::ASTContext& context_;
  const clang::SourceManager& sources_;
  SourceFacts& facts_;
  std::vector<std::pair<std::size_t, const clang::VarDecl*>> declared_;
  std::map<const clang::Decl*, std::size_t> numbers_;
  std::vector<std::size_t> types_;  ///< where names of types stand
};

class Consumer : public clang::ASTConsumer {
 public:
  Consumer(const std::string& function, SourceFacts& facts) : function_(function), facts_(facts) {}

  void HandleTranslationUnit(clang::ASTContext& context) override {
    for (const clang::Decl* decl : context.getTranslationUnitDecl()->decls()) {
      const auto* function = llvm::dyn_cast<clang::FunctionDecl>(decl);
      if (function == nullptr || function->getNameAsString() != function_ || !function->doesThisDeclarationHaveABody()) continue;
      facts_.function = text_of(context, *function);
      if (facts_.function) Facts(context, facts_).collect(*function);
      return;
    }
  }

 private:
  static std::optional<FunctionText> text_of(const clang::ASTContext& context, const clang::FunctionDecl& function) {
    const clang::SourceManager& sources = context.getSourceManager();
    const clang::FunctionTypeLoc declarator = function.getFunctionTypeLoc();
    if (!declarator || !function.getBody()) return std::nullopt;
    const auto begin = offset_in_main(sources, function.getBeginLoc()), name = offset_in_main(sources, function.getLocation());
    const auto open = offset_in_main(sources, declarator.getLParenLoc()), close = offset_in_main(sources, declarator.getRParenLoc());
    const auto body = offset_in_main(sources, function.getBody()->getBeginLoc());
    if (!begin || !name || !open || !close || !body) return std::nullopt;
    return FunctionText{*begin,
                        *name,
                        *name + function.getName().size(),
                        *open + 1,
                        *close,
                        *body,
                        function.getNumParams() > 0,
                        function.getReturnType()->isVoidType(),
                        value_type(context, function.getReturnType())};
  }

  std::string function_;
  SourceFacts& facts_;
};

class Action : public clang::ASTFrontendAction {
 public:
  Action(const std::string& text, std::string function, Reading& reading, SourceFacts& facts)
      : text_(text), function_(std::move(function)), reading_(reading), facts_(facts) {}

 protected:
  std::unique_ptr<clang::ASTConsumer> CreateASTConsumer(clang::CompilerInstance& compiler, llvm::StringRef) override {
    facts_.tokens = tokens_of(text_, compiler.getLangOpts());
    const clang::SourceManager& sources = compiler.getSourceManager();
    compiler.getPreprocessor().setTokenWatcher([this, &sources, count = std::uint64_t{0}](const clang::Token& token) mutable {
      if (const auto at = offset_in_main(sources, token.getLocation())) reading_.last = std::max(reading_.last, *at);
      if (++count > kMaxTokens) const_cast<clang::Token&>(token).setKind(clang::tok::eof);  // the watcher has no other way to end the stream
    });
    return std::make_unique<Consumer>(function_, facts_);
  }

 private:
  const std::string& text_;
  std::string function_;
  Reading& reading_;
  SourceFacts& facts_;
};

}  // namespace

Result<SourceFacts> source_facts(const std::string& text, const std::string& file_name, const std::string& function, const SourceOptions& options) {
  Result<std::vector<std::string>> arguments = clang_arguments(options, file_name);
  if (!arguments) return fail(arguments.error());
  SourceFacts facts;
  Reading reading;
  llvm::CrashRecoveryContext().RunSafelyOnThread(
      [&] {
        auto memory = llvm::makeIntrusiveRefCnt<llvm::vfs::InMemoryFileSystem>();
        auto layered = llvm::makeIntrusiveRefCnt<llvm::vfs::OverlayFileSystem>(llvm::vfs::getRealFileSystem());
        layered->pushOverlay(memory);
        memory->addFile(file_name, 0, llvm::MemoryBuffer::getMemBuffer(text, file_name));
        std::vector<std::string> line = {"clang"};
        line.insert(line.end(), arguments->begin(), arguments->end());
        line.push_back(file_name);
        auto files = llvm::makeIntrusiveRefCnt<clang::FileManager>(clang::FileSystemOptions(), layered);
        FirstError first(reading);
        clang::tooling::ToolInvocation invocation(line, std::make_unique<Action>(text, function, reading, facts), files.get());
        invocation.setDiagnosticConsumer(&first);
        invocation.run();
      },
      kStackBytes);
  facts.refused_at = reading.refused_at;
  facts.refusal = reading.refusal;
  return facts;
}

}  // namespace assay::lowering
