import Foundation

/// Objects as files of a folder. Each is written beside its place, flushed and renamed into it, and the folder is
/// flushed, too.
package struct FolderStore: ObjectStore {
  package let folder: URL

  package init(_ folder: URL) { self.folder = folder }

  package func put(_ bytes: [UInt8], at name: String) async throws {
    try checkName(name)
    let file = folder.appendingPathComponent(name)
    let parent = file.deletingLastPathComponent()
    try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
    let beside = parent.appendingPathComponent(".\(file.lastPathComponent).\(UUID().uuidString)")
    let descriptor = open(beside.path, O_WRONLY | O_CREAT | O_EXCL, 0o600)
    guard descriptor >= 0 else { throw Self.problem("make", beside) }
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    do {
      try handle.write(contentsOf: Data(bytes))
      try handle.synchronize()
      try handle.close()
      guard rename(beside.path, file.path) == 0 else { throw Self.problem("name", file) }
    } catch {
      unlink(beside.path)
      throw error
    }
    try Self.flush(parent)
  }

  package func get(_ name: String) async throws -> [UInt8]? {
    try checkName(name)
    let file = folder.appendingPathComponent(name)
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    return Array(try Data(contentsOf: file))
  }

  package func list(_ prefix: String) async throws -> [String] {
    let start = folder.appendingPathComponent(prefix).standardizedFileURL
    let root = prefix.hasSuffix("/") || prefix.isEmpty ? start : start.deletingLastPathComponent()
    guard let files = FileManager.default.enumerator(atPath: root.path) else { return [] }
    let base = String(root.path.dropFirst(folder.standardizedFileURL.path.count).drop { $0 == "/" })
    var names: [String] = []
    for case let path as String in files {
      let name = base.isEmpty ? path : "\(base)/\(path)"
      guard name.hasPrefix(prefix), !path.split(separator: "/").contains(where: { $0.hasPrefix(".") }),
        files.fileAttributes?[.type] as? FileAttributeType == .typeRegular
      else { continue }
      names.append(name)
    }
    return names.sorted()
  }

  package func remove(_ name: String) async throws {
    try checkName(name)
    let file = folder.appendingPathComponent(name)
    guard unlink(file.path) == 0 || errno == ENOENT else { throw Self.problem("remove", file) }
  }

  private static func flush(_ folder: URL) throws {
    let descriptor = open(folder.path, O_RDONLY | O_DIRECTORY)
    guard descriptor >= 0 else { throw problem("open", folder) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw problem("flush", folder) }
  }

  private static func problem(_ what: String, _ file: URL) -> ObjectStoreError {
    ObjectStoreError("cannot \(what) \(file.path): \(String(cString: strerror(errno)))")
  }
}
