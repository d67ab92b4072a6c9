/// A key of a coding path that stands for a member's name or an element's index.
struct JSONPathKey: CodingKey {
  let stringValue: String
  let intValue: Int?

  init(stringValue: String) {
    self.stringValue = stringValue
    self.intValue = nil
  }

  init(intValue: Int) {
    self.stringValue = "\(intValue)"
    self.intValue = intValue
  }
}

/// Paths such as `$.entry[0].id`, found when an error needs one, so that decoding keeps no track of where it
/// is.
enum JSONPath {
  /// Keys come from outside: longer ones are cut to this many characters.
  static let maximumKey = 64

  static func text(_ path: [any CodingKey]) -> String {
    path.reduce(into: "$") { text, key in
      if let index = key.intValue {
        text += "[\(index)]"
      } else {
        text += ".\(key.stringValue.prefix(maximumKey))"
      }
    }
  }

  /// The keys from the root of a document to one of its nodes.
  static func keys(to target: Int, in document: JSONDocument) -> [JSONPathKey] {
    var keys: [JSONPathKey] = []
    var node = JSONDocument.root
    while node != target, let (key, child) = step(from: node, towards: target, in: document) {
      keys.append(key)
      node = child
    }
    return keys
  }

  /// The keys to the last value of a document: where its writing stopped.
  static func keysToLast(in document: JSONDocument) -> [JSONPathKey] {
    var keys: [JSONPathKey] = []
    var node = JSONDocument.root
    while document.isContainer(node),
      let (key, child) = step(from: node, towards: document.end(node) - 1, in: document)
    {
      keys.append(key)
      node = child
    }
    return keys
  }

  /// The child of a container that is, or holds, the tape's word `target`.
  private static func step(
    from node: Int,
    towards target: Int,
    in document: JSONDocument
  ) -> (JSONPathKey, Int)? {
    var index = 0
    var child = node + 1
    let isObject = document.type(node) == JSONType.object
    guard isObject || document.type(node) == JSONType.array else { return nil }
    while child < document.end(node) {
      let value = isObject ? child + 1 : child
      let next = document.next(value)
      if target < next {
        let key =
          isObject ? JSONPathKey(stringValue: document.string(child)) : JSONPathKey(intValue: index)
        return (key, value)
      }
      child = next
      index += 1
    }
    return nil
  }
}
