import Foundation
import Testing

/// Golden events against their schemas, by the `jsonschema` package of Python.
@Suite struct ValidationTests {
  private let golden = Repository.schemas.appending(path: "golden")

  @Test func everyGoldenEventIsValid() throws {
    let outcome = try validate(golden)
    #expect(outcome.status == 0, "\(String(decoding: outcome.output, as: UTF8.self))\(outcome.complaint)")
  }

  @Test(
    arguments: [
      (["value", "facts", "channel"], "A letter"),
      (["value", "facts", "bytes"], .number(-1)),
      (["value", "facts", "contact"], "nobody"),
      (["value", "facts", "provider_time"], "yesterday"),
      (["value", "facts", "provider_hmac"], "ABC"),
      (["value", "facts", "text"], "in clear"),
      (["value", "private"], "in clear"),
      (["private", "provider_id"], .null),
    ] as [([Tree.Step], Tree)]
  )
  func aSpoiltGoldenEventIsNot(path: [Tree.Step], value: Tree) throws {
    let spoilt = try Repository.tree("golden", "conversations/message.received.json").replacing(
      path,
      with: value
    )
    try Python.withTemporaryFolder { folder in
      let topic = folder.appending(path: "conversations")
      try FileManager.default.createDirectory(at: topic, withIntermediateDirectories: true)
      try Data(spoilt.bytes).write(to: topic.appending(path: "message.received.json"))
      let outcome = try validate(folder)
      #expect(outcome.status == 1)
      let said = String(decoding: outcome.output, as: UTF8.self)
      let name = try #require(path.last)
      #expect(
        said.contains("\(name)") && said.split(separator: "\n").count == 1,
        "\(said)\(outcome.complaint)"
      )
    }
  }

  private func validate(_ golden: URL) throws -> Python.Outcome {
    try Python.run("validate.py", [Repository.schemas.appending(path: "events").path, golden.path])
  }
}
