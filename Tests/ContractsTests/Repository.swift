import Foundation

/// Where the repository's files are, seen from this one.
enum Repository {
  static let tests = URL(filePath: #filePath).deletingLastPathComponent()
  static let schemas = tests.appending(path: "../../schemas").standardizedFileURL

  /// Every JSON file under a folder of `schemas`, as `<topic>/<type>.json`.
  static func files(in folder: String) throws -> [String] {
    let root = schemas.appending(path: folder)
    let found = try FileManager.default.subpathsOfDirectory(atPath: root.path)
      .filter { $0.hasSuffix(".json") }
    return found.sorted()
  }

  static func tree(_ folder: String, _ file: String) throws -> Tree {
    try Tree(parsing: Data(contentsOf: schemas.appending(path: folder).appending(path: file)))
  }

  static func trees(in folder: String) throws -> [String: Tree] {
    try Dictionary(uniqueKeysWithValues: files(in: folder).map { ($0, try tree(folder, $0)) })
  }
}
