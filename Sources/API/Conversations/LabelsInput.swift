import Hummingbird

/// The labels of a conversation or a contact, as a whole: at most 50 of at most 100 characters.
struct LabelsInput: Codable {
  let labels: [String]

  /// Each once, sorted.
  static func read(_ body: [UInt8], of request: Request) throws(Problem) -> [String] {
    _ = try RequestMediaType.of(request, among: ["application/json"])
    let labels = Array(Set(try JSONBody.decode(Self.self, from: body).labels)).sorted()
    guard labels.count <= 50 else { throw Problem(.invalidContent, "$.labels has more than 50 items") }
    for label in labels { try CommandBounds.check(label, "$.labels", atMost: 100) }
    return labels
  }
}
