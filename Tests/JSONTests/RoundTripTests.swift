import Foundation
import JSON
import Testing

@Suite struct RoundTripTests {
  @Test(arguments: [1, 2, 3, 20_261_122] as [UInt64])
  func randomTreesReadTheSameHereAndInFoundation(seed: UInt64) throws {
    var random = Seeded(seed)
    for round in 0..<60 {
      let tree = Tree.random(&random)
      let ours = try JSON.encode(tree)
      #expect(try JSON.decode(Tree.self, from: ours) == tree, "seed \(seed) round \(round)")
      #expect(try JSONDecoder().decode(Tree.self, from: Data(ours)) == tree, "seed \(seed) round \(round)")
      let theirs = [UInt8](try JSONEncoder().encode(tree))
      #expect(try JSON.decode(Tree.self, from: theirs) == tree, "seed \(seed) round \(round)")
      #expect(try JSONValue(parsing: ours).serialized() == ours, "seed \(seed) round \(round)")
    }
  }

  @Test func outsideBodiesReadTheSameHereAndInFoundation() throws {
    let files = try Cases.webhooks()
    for file in files {
      let data = try Data(contentsOf: file)
      let foundation = try JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed) as? NSObject
      let ours = try JSONValue(parsing: data)
      let again = try JSONSerialization.jsonObject(with: Data(ours.serialized()), options: .fragmentsAllowed)
      #expect(foundation?.isEqual(again) == true, "\(file.lastPathComponent)")
      #expect(try JSON.decode(Tree.self, from: ours) == JSONDecoder().decode(Tree.self, from: data))
    }
  }
}

/// Bodies that others recorded, outside of the repository.
enum Cases {
  struct Absent: Error, CustomStringConvertible {
    let description: String
  }

  static func webhooks() throws -> [URL] {
    let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let folder =
      ProcessInfo.processInfo.environment["AIGENTABLE_CASES"].map { URL(filePath: $0) }
      ?? package.appending(path: "../shared/cases").standardizedFileURL
    let webhooks = folder.appending(path: "webhooks")
    let files = FileManager.default.enumerator(at: webhooks, includingPropertiesForKeys: nil)?
      .compactMap { $0 as? URL }.filter { $0.pathExtension == "json" }
    guard let files, !files.isEmpty else {
      throw Absent(description: "no json files below \(webhooks.path()); AIGENTABLE_CASES names the folder")
    }
    return files
  }
}
