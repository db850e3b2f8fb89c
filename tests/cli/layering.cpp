#include "layering.h"

#include <algorithm>
#include <map>
#include <regex>
#include <sstream>

namespace assay {
namespace {

struct Include {
  int line;
  std::string target;
};

std::vector<Include> includes_of(const std::string& text) {
  static const std::regex kInclude(R"(^\s*#\s*include\s*[<"]([^>"]+)[>"])");
  std::vector<Include> includes;
  std::istringstream lines(text);
  std::string line;
  std::smatch match;
  for (int number = 1; std::getline(lines, line); ++number)
    if (std::regex_search(line, match, kInclude)) includes.push_back({number, match[1]});
  return includes;
}

bool is_below(const std::string& path, const std::string& folder) { return path.starts_with(folder); }

// Of our own folders. The longest matching prefix on the left decides; what is not listed on the right is forbidden.
const std::map<std::string, std::vector<std::string>>& allowed_folders() {
  static const std::map<std::string, std::vector<std::string>> kAllowed = {
      {"base/", {"base/"}},
      {"frontend/", {"base/", "frontend/"}},
      {"frontend/program/", {"base/", "frontend/program/"}},
      {"solver/", {"base/", "frontend/program/", "solver/"}},
      {"solver/smt/", {"base/", "solver/smt/"}},
      {"circuits/", {"base/", "circuits/"}},
      {"analysis/", {"base/", "frontend/", "solver/", "circuits/", "analysis/"}},
      {"cli/", {"base/", "frontend/", "solver/", "circuits/", "analysis/", "cli/"}},
  };
  return kAllowed;
}

struct Library {
  const char* name;
  std::vector<std::string> headers;  ///< prefixes of include targets
  std::vector<std::string> owners;   ///< the only folders that may include them
};

const std::vector<Library>& libraries() {
  static const std::vector<Library> kLibraries = {
      {"Clang", {"clang/", "llvm/", "clang-c/"}, {"frontend/lowering/"}},
      {"Z3", {"z3++.h", "z3.h", "z3_"}, {"solver/smt/"}},
      {"torch",
       {"torch/", "ATen/", "c10/"},
       {"circuits/model/", "circuits/discovery/", "circuits/evaluation/", "circuits/training/", "circuits/engine/"}},
  };
  return kLibraries;
}

const Library* library_of(const std::string& target) {
  for (const Library& library : libraries())
    if (std::any_of(library.headers.begin(), library.headers.end(), [&](const std::string& prefix) { return is_below(target, prefix); }))
      return &library;
  return nullptr;
}

const std::vector<std::string>* allowed_for(const std::string& path) {
  const std::vector<std::string>* best = nullptr;
  for (const auto& [folder, allowed] : allowed_folders())  // ordered, so that the longer prefix comes later
    if (is_below(path, folder)) best = &allowed;
  return best;
}

bool is_ours(const std::string& target) {
  return std::any_of(allowed_folders().begin(), allowed_folders().end(), [&](const auto& entry) { return is_below(target, entry.first); });
}

bool below_one_of(const std::string& path, const std::vector<std::string>& folders) {
  return std::any_of(folders.begin(), folders.end(), [&](const std::string& folder) { return is_below(path, folder); });
}

}  // namespace

std::vector<std::string> forbidden_edges(const std::string& path, const std::string& text) {
  std::vector<std::string> found;
  const std::vector<std::string>* allowed = allowed_for(path);
  if (allowed == nullptr) return found;
  for (const Include& include : includes_of(text)) {
    const Library* library = library_of(include.target);
    bool wrong_library = library != nullptr && !below_one_of(path, library->owners);
    bool wrong_folder = is_ours(include.target) && !below_one_of(include.target, *allowed);
    if (wrong_library || wrong_folder)
      found.push_back(path + ":" + std::to_string(include.line) + ": includes " + include.target + ", which DESIGN section 4 does not allow here");
  }
  return found;
}

std::vector<std::string> tests_named_in(const std::string& text) {
  static const std::regex kName(R"((tests/[a-z_/]*)(\{([a-z_,\s]*)\}|[a-z_0-9]+)(_test\.cpp))");
  std::vector<std::string> names;
  for (std::sregex_iterator found(text.begin(), text.end(), kName), end; found != end; ++found) {
    std::istringstream stems((*found)[3].matched ? (*found)[3].str() : (*found)[2].str());
    for (std::string stem; std::getline(stems, stem, ',');) {
      std::erase_if(stem, [](char c) { return c == ' ' || c == '\n'; });
      names.push_back((*found)[1].str() + stem + (*found)[4].str());
    }
  }
  return names;
}

std::vector<std::string> exposed_libraries(const std::string& path, const std::string& text) {
  std::vector<std::string> found;
  for (const Include& include : includes_of(text))
    if (const Library* library = library_of(include.target))
      found.push_back(path + ":" + std::to_string(include.line) + ": a public header includes " + library->name + " (" + include.target + ")");
  return found;
}

}  // namespace assay
