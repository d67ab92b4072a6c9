/// The members of a large object by key, so that decoding one, say as a dictionary, takes time linear in its
/// size.
final class MemberIndex {
  /// Smaller objects are searched on the tape, which is faster.
  private static let minimumMembers = 64

  private var nodes: [String: Int] = [:]
  /// The keys in the order of the text, each once.
  private(set) var names: [String] = []

  /// Nil when the object is small.
  init?(of object: JSONValue) {
    let document = object.document
    let count = document.count(object.node) ?? Int.max
    guard count >= Self.minimumMembers else { return nil }
    var child = object.node + 1
    while child < document.end(object.node) {
      let name = document.string(child)
      if nodes[name] == nil {
        nodes[name] = child + 1
        names.append(name)
      }
      child = document.next(child + 1)
    }
  }

  /// The value of the first member with this key.
  subscript(name: String) -> Int? { nodes[name] }
}
