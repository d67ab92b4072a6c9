import Contracts
import Hummingbird

/// The labels of a conversation or a contact, as a whole: within `LabelBounds`.
struct LabelsInput: Codable {
  let labels: [String]

  /// Each once, sorted.
  static func read(_ body: [UInt8], of request: Request) throws(Problem) -> [String] {
    _ = try RequestMediaType.of(request, among: ["application/json"])
    let labels = Array(Set(try JSONBody.decode(Self.self, from: body).labels)).sorted()
    guard labels.count <= LabelBounds.count else {
      throw Problem(.invalidContent, "$.labels has more than \(LabelBounds.count) items")
    }
    for label in labels { try CommandBounds.check(label, "$.labels", atMost: LabelBounds.length) }
    return labels
  }
}
