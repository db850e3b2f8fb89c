#include "frontend/lowering/parse.h"

#include <clang/AST/ASTConsumer.h>
#include <clang/Basic/DiagnosticOptions.h>
#include <clang/Frontend/CompilerInstance.h>
#include <clang/Frontend/FrontendAction.h>
#include <clang/Lex/Preprocessor.h>
#include <clang/Sema/ExternalSemaSource.h>
#include <clang/Sema/Lookup.h>
#include <clang/Sema/Sema.h>
#include <clang/Sema/SemaConsumer.h>
#include <clang/Tooling/ArgumentsAdjusters.h>
#include <clang/Tooling/CompilationDatabase.h>
#include <clang/Tooling/JSONCompilationDatabase.h>
#include <clang/Tooling/Tooling.h>
#include <fmt/format.h>
#include <llvm/Support/CrashRecoveryContext.h>
#include <llvm/Support/VirtualFileSystem.h>

namespace assay::lowering {

namespace {

constexpr const char* kHeader = "/assay/contracts.h";  // exists only in the virtual file system
constexpr unsigned kStackBytes = 512u << 20;           // reserved, not touched
constexpr std::uint64_t kMaxTokens = 1'000'000;        // after macro expansion; bounds memory and recursion of the parser
constexpr int kMaxErrors = 100, kMaxWarnings = 100, kMaxNotes = 200;

class Diagnostics : public clang::DiagnosticConsumer {
 public:
  Diagnostics(const SourceMap& map, const std::string& file, std::vector<Diagnostic>& out) : map_(map), file_(file), out_(out) {}

  void HandleDiagnostic(clang::DiagnosticsEngine::Level level, const clang::Diagnostic& info) override {
    clang::DiagnosticConsumer::HandleDiagnostic(level, info);
    if (level < clang::DiagnosticsEngine::Note) return;
    const bool is_note = level == clang::DiagnosticsEngine::Note, is_error = level >= clang::DiagnosticsEngine::Error;
    if (!is_note) is_kept_ = is_error ? ++errors_ <= kMaxErrors : ++warnings_ <= kMaxWarnings;
    if (!is_kept_ || (is_note && ++notes_ > kMaxNotes)) return;
    llvm::SmallString<128> text;
    info.FormatDiagnostic(text);
    Diagnostic diagnostic;
    diagnostic.is_error = is_error;
    diagnostic.where = where(info);
    const char* kind = level == clang::DiagnosticsEngine::Fatal ? "fatal error" : is_error ? "error" : is_note ? "note" : "warning";
    std::string message = text.str().str();
    // The user knows what the overlay calls __assay_result as `result`.
    for (std::size_t at; (at = message.find(kResultName)) != std::string::npos;) message.replace(at, kResultName.size(), "result");
    diagnostic.message = fmt::format("{}: {}: {}", diagnostic.where.to_string(), kind, message);
    if (is_note && !out_.empty()) diagnostic.is_error = out_.back().is_error;
    out_.push_back(std::move(diagnostic));
  }

 private:
  SourceRange where(const clang::Diagnostic& info) const {
    SourceRange range{file_, {}, {}};
    if (!info.hasSourceManager() || info.getLocation().isInvalid()) return range;
    const clang::SourceManager& sources = info.getSourceManager();
    clang::SourceLocation location = sources.getExpansionLoc(info.getLocation());
    auto [file, offset] = sources.getDecomposedLoc(location);
    if (file == sources.getMainFileID()) {
      range.begin = range.end = map_.begin_point(offset);
    } else {
      range.file = sources.getFilename(location).str();
      range.begin = range.end = {static_cast<int>(sources.getLineNumber(file, offset)), static_cast<int>(sources.getColumnNumber(file, offset))};
    }
    return range;
  }

  const SourceMap& map_;
  const std::string& file_;
  std::vector<Diagnostic>& out_;
  int errors_ = 0, warnings_ = 0, notes_ = 0;
  bool is_kept_ = false;  ///< the diagnostic that notes belong to
};

/// Gives `result` in an ensures clause the return type of the function that it stands in.
class ResultSource : public clang::ExternalSemaSource {
 public:
  explicit ResultSource(clang::Sema& sema) : sema_(sema) {}
  bool LookupUnqualified(clang::LookupResult& lookup, clang::Scope*) override {
    const clang::IdentifierInfo* name = lookup.getLookupName().getAsIdentifierInfo();
    if (!name || name->getName() != llvm::StringRef(kResultName)) return false;
    clang::FunctionDecl* function = sema_.getCurFunctionDecl();
    if (!function || function->getReturnType()->isVoidType()) return false;
    clang::ASTContext& context = sema_.Context;
    auto* variable = clang::VarDecl::Create(context, function, lookup.getNameLoc(), lookup.getNameLoc(), &context.Idents.get(kResultName),
                                            function->getReturnType().getUnqualifiedType(), nullptr, clang::SC_None);
    variable->setImplicit();
    variable->setReferenced();
    lookup.addDecl(variable);
    return true;
  }

 private:
  clang::Sema& sema_;
};

class Consumer : public clang::SemaConsumer {
 public:
  Consumer(const std::function<void(clang::ASTContext&)>& use, bool& used) : use_(use), used_(used) {}
  void InitializeSema(clang::Sema& sema) override {
    source_ = llvm::makeIntrusiveRefCnt<ResultSource>(sema);
    sema.addExternalSource(source_.get());
    limit_tokens(sema.getPreprocessor());
  }
  void HandleTranslationUnit(clang::ASTContext& context) override {
    if (context.getDiagnostics().hasErrorOccurred()) return;
    used_ = true;
    use_(context);
  }

 private:
  // A few lines of macros can expand to 2^60 tokens: beyond the limit the parser sees the end of the file and stops.
  static void limit_tokens(clang::Preprocessor& preprocessor) {
    preprocessor.setTokenWatcher([&preprocessor, count = std::uint64_t{0}](const clang::Token& token) mutable {
      if (++count <= kMaxTokens) return;
      if (count == kMaxTokens + 1) {
        clang::DiagnosticsEngine& diagnostics = preprocessor.getDiagnostics();
        unsigned id = diagnostics.getCustomDiagID(clang::DiagnosticsEngine::Fatal, "more than %0 tokens after macro expansion");
        diagnostics.Report(token.getLocation(), id) << static_cast<unsigned>(kMaxTokens);
      }
      const_cast<clang::Token&>(token).setKind(clang::tok::eof);  // the watcher has no other way to end the stream
    });
  }

  const std::function<void(clang::ASTContext&)>& use_;
  bool& used_;
  llvm::IntrusiveRefCntPtr<ResultSource> source_;
};

class Action : public clang::ASTFrontendAction {
 public:
  Action(const std::function<void(clang::ASTContext&)>& use, bool& used) : use_(use), used_(used) {}

 protected:
  std::unique_ptr<clang::ASTConsumer> CreateASTConsumer(clang::CompilerInstance&, llvm::StringRef) override {
    return std::make_unique<Consumer>(use_, used_);
  }

 private:
  const std::function<void(clang::ASTContext&)>& use_;
  bool& used_;
};

Result<std::vector<std::string>> database_arguments(const std::string& folder, const std::string& file_name) {
  std::string message;
  auto database = clang::tooling::CompilationDatabase::loadFromDirectory(folder, message);
  if (!database) return input_error(fmt::format("no compilation database in '{}'", folder), "give -p a folder with a compile_commands.json");
  std::string absolute = clang::tooling::getAbsolutePath(file_name);
  auto commands = database->getCompileCommands(absolute);
  if (commands.empty())
    return input_error(fmt::format("the compilation database in '{}' has no command for '{}'", folder, file_name),
                       "build the file once, or pass --std, -I and -D instead of -p");
  auto adjust = clang::tooling::combineAdjusters(clang::tooling::getClangStripOutputAdjuster(), clang::tooling::getClangSyntaxOnlyAdjuster());
  adjust = clang::tooling::combineAdjusters(adjust, clang::tooling::getClangStripDependencyFileAdjuster());
  std::vector<std::string> line = adjust(commands.front().CommandLine, commands.front().Filename);
  std::vector<std::string> arguments;
  for (std::size_t i = 1; i < line.size(); ++i)
    if (line[i] != commands.front().Filename && line[i] != file_name && line[i] != absolute && line[i] != "--") arguments.push_back(line[i]);
  arguments.push_back("-working-directory=" + commands.front().Directory);
  return arguments;
}

}  // namespace

bool is_cxx_standard(std::string_view standard) { return standard.find("++") != std::string_view::npos; }

Result<std::vector<std::string>> clang_arguments(const SourceOptions& options, const std::string& file_name) {
  std::vector<std::string> arguments;
  if (!options.compilation_database.empty()) {
    auto from_database = database_arguments(options.compilation_database, file_name);
    if (!from_database) return from_database;
    arguments = std::move(*from_database);
  } else {
    arguments = {"-std=" + options.standard, "--target=" + (options.target.empty() ? std::string("x86_64-unknown-linux-gnu") : options.target)};
    for (const std::string& folder : options.include_dirs) arguments.push_back("-I" + folder);
    for (const std::string& definition : options.definitions) arguments.push_back("-D" + definition);
  }
  const char* language = options.compilation_database.empty() && is_cxx_standard(options.standard) ? "c++" : "c";
  arguments.insert(arguments.begin(), {"-x", language, "-fsyntax-only", "-fno-caret-diagnostics", "-resource-dir", ASSAY_CLANG_RESOURCES});
  return arguments;
}

ParseOutcome parse(const Overlay& overlay, const std::string& file_name, const std::vector<std::string>& arguments,
                   const std::function<void(clang::ASTContext&)>& use) {
  ParseOutcome outcome;
  auto run = [&] {
    auto memory = llvm::makeIntrusiveRefCnt<llvm::vfs::InMemoryFileSystem>();
    auto layered = llvm::makeIntrusiveRefCnt<llvm::vfs::OverlayFileSystem>(llvm::vfs::getRealFileSystem());
    layered->pushOverlay(memory);
    memory->addFile(file_name, 0, llvm::MemoryBuffer::getMemBuffer(overlay.text, file_name));
    std::vector<std::string> line = {"clang", "-ferror-limit=0"};
    line.insert(line.end(), arguments.begin(), arguments.end());
    if (!overlay.declarations.empty()) {
      memory->addFile(kHeader, 0, llvm::MemoryBuffer::getMemBuffer(overlay.declarations, kHeader));
      line.insert(line.end(), {"-include", kHeader});
    }
    line.push_back(file_name);
    auto files = llvm::makeIntrusiveRefCnt<clang::FileManager>(clang::FileSystemOptions(), layered);
    Diagnostics diagnostics(overlay.map, file_name, outcome.diagnostics);
    clang::tooling::ToolInvocation invocation(line, std::make_unique<Action>(use, outcome.parsed), files.get());
    invocation.setDiagnosticConsumer(&diagnostics);
    invocation.run();
  };
  llvm::CrashRecoveryContext().RunSafelyOnThread(run, kStackBytes);
  return outcome;
}

}  // namespace assay::lowering
