import Foundation

/// The folder of the installation that holds `schemas/` and `projections/`.
package struct Home: Sendable {
  package let url: URL

  package init(_ url: URL) { self.url = url }

  /// `AIGENTABLE_HOME`, or the nearest folder above the executable, or else the working directory, that holds
  /// `schemas/log`.
  package static func find(environment: [String: String]) -> Home? {
    if let path = environment["AIGENTABLE_HOME"], !path.isEmpty { return Home(URL(fileURLWithPath: path)) }
    let executable = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
    let linked = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let starts = [
      linked.map { URL(fileURLWithPath: $0) } ?? executable,
      URL(fileURLWithPath: FileManager.default.currentDirectoryPath),
    ]
    for start in starts {
      var folder = start
      while folder.path != "/" {
        if FileManager.default.fileExists(atPath: folder.appendingPathComponent("schemas/log").path) {
          return Home(folder)
        }
        folder.deleteLastPathComponent()
      }
    }
    return nil
  }

  package func folder(_ path: String) -> URL { url.appendingPathComponent(path) }

  /// The `.sql` files under `schemas/<area>`, by name.
  package func sqlFiles(in area: String) throws -> [(name: String, sql: String)] {
    let folder = folder("schemas/\(area)")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { $0.hasSuffix(".sql") }.sorted()
    return try names.map {
      ($0, try String(contentsOf: folder.appendingPathComponent($0), encoding: .utf8))
    }
  }
}
