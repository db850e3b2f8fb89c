// The store is one table in write-ahead-log mode. Each row carries a hash of its value, since SQLite itself keeps no checksum of a page.
#include "base/cache.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <filesystem>
#include <mutex>

#include "base/files.h"
#include "base/hash.h"
#include "base/process.h"

namespace assay {
namespace {

constexpr int kBusyMilliseconds = 10'000;
constexpr int kLayoutVersion = 1;  // of the table; a file of another version is moved aside

bool is_damage(const SQLite::Exception& error) {
  int code = error.getErrorCode();
  return code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
}

Error cache_error(const std::string& path, const SQLite::Exception& error) {
  return {ErrorKind::kInput,
          fmt::format("cannot use the cache {}: {}", path, error.what()),
          "name another file with --cache, or run with --no-cache",
          {}};
}

std::unique_ptr<SQLite::Database> open_database(const std::string& path) {
  auto database = std::make_unique<SQLite::Database>(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, kBusyMilliseconds);
  database->exec("PRAGMA journal_mode = WAL");
  database->exec("PRAGMA synchronous = NORMAL");
  database->exec("CREATE TABLE IF NOT EXISTS entry (key TEXT PRIMARY KEY, hash TEXT NOT NULL, value BLOB NOT NULL) WITHOUT ROWID");
  int version = database->execAndGet("PRAGMA user_version").getInt();
  if (version == 0) database->exec(fmt::format("PRAGMA user_version = {}", kLayoutVersion));
  if (version != 0 && version != kLayoutVersion) throw SQLite::Exception("written by another version of Assay", SQLITE_NOTADB);
  return database;
}

void move_aside(const std::string& path) {
  std::error_code ignored;
  for (const char* suffix : {"", "-wal", "-shm"})
    std::filesystem::rename(path + suffix, fmt::format("{}.damaged-{}{}", path, ::getpid(), suffix), ignored);
}

}  // namespace

struct Cache::Store {
  std::string path;
  std::unique_ptr<SQLite::Database> database;  ///< null: forgets everything
  std::uint64_t hits = 0, misses = 0;
  std::mutex mutex;

  void start_again() {
    database.reset();
    move_aside(path);
    try {
      database = open_database(path);
    } catch (const SQLite::Exception&) {
      database.reset();  // the folder is not usable any more: go on without a cache
    }
  }
};

Cache::Cache(std::unique_ptr<Store> store) : store_(std::move(store)) {}
Cache::Cache(Cache&&) noexcept = default;
Cache& Cache::operator=(Cache&&) noexcept = default;
Cache::~Cache() = default;

Result<Cache> Cache::open(const std::string& path) {
  auto store = std::make_unique<Store>();
  store->path = path;
  if (path.empty()) return Cache(std::move(store));
  std::error_code ignored;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
  try {
    store->database = open_database(path);
  } catch (const SQLite::Exception& error) {
    if (!is_damage(error)) return fail(cache_error(path, error));
    store->start_again();
    if (!store->database) return fail(cache_error(path, error));
  }
  return Cache(std::move(store));
}

std::optional<std::string> Cache::get(std::string_view key) {
  std::lock_guard lock(store_->mutex);
  if (!store_->database) return std::nullopt;
  try {
    SQLite::Statement query(*store_->database, "SELECT hash, value FROM entry WHERE key = ?");
    query.bind(1, std::string(key));
    if (query.executeStep()) {
      SQLite::Column value = query.getColumn(1);
      std::string content(static_cast<const char*>(value.getBlob()), static_cast<std::size_t>(value.getBytes()));
      if (hash_of(content) == query.getColumn(0).getString()) {
        ++store_->hits;
        return content;
      }
    }
  } catch (const SQLite::Exception& error) {
    if (is_damage(error)) store_->start_again();
  }
  ++store_->misses;
  return std::nullopt;
}

Status Cache::put(std::string_view key, std::string_view value) {
  std::lock_guard lock(store_->mutex);
  for (int attempt = 0; store_->database && attempt < 2; ++attempt) {
    try {
      SQLite::Statement statement(*store_->database, "INSERT OR REPLACE INTO entry (key, hash, value) VALUES (?, ?, ?)");
      statement.bind(1, std::string(key));
      statement.bind(2, hash_of(value));
      statement.bind(3, value.data(), static_cast<int>(value.size()));
      statement.exec();
      return {};
    } catch (const SQLite::Exception& error) {
      if (!is_damage(error) || attempt > 0) return fail(cache_error(store_->path, error));
      store_->start_again();
    }
  }
  return {};
}

Status Cache::clear() {
  std::lock_guard lock(store_->mutex);
  if (!store_->database) return {};
  try {
    store_->database->exec("DELETE FROM entry");
    store_->database->exec("VACUUM");
    return {};
  } catch (const SQLite::Exception& error) { return fail(cache_error(store_->path, error)); }
}

Cache::Statistics Cache::statistics() const {
  std::lock_guard lock(store_->mutex);
  Statistics statistics{0, 0, store_->hits, store_->misses};
  if (!store_->database) return statistics;
  try {
    SQLite::Statement query(*store_->database, "SELECT count(*), coalesce(sum(length(value)), 0) FROM entry");
    if (query.executeStep()) {
      statistics.entries = static_cast<std::uint64_t>(query.getColumn(0).getInt64());
      statistics.bytes = static_cast<std::uint64_t>(query.getColumn(1).getInt64());
    }
  } catch (const SQLite::Exception&) {
    return statistics;  // figures for people only
  }
  return statistics;
}

std::string cache_key(std::string_view kind, std::initializer_list<std::string_view> parts) {
  static const std::string binary = [] {
    Hasher hasher;
    for (const std::string& path : {std::string("/proc/self/exe"), executable_folder() + "/../lib/libassay_engine.so"}) {
      Result<MappedFile> file = MappedFile::open(path);
      hasher.add(file ? hash_of(file->bytes()) : std::string());
    }
    return hasher.hex();
  }();
  Hasher hasher;
  hasher.add(binary).add(kind);
  for (std::string_view part : parts) hasher.add(part);
  return hasher.hex();
}

}  // namespace assay
