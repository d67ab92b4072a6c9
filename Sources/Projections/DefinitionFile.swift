import Yams

/// The members of a `projection.yaml`, read one by one; errors name file, line and member.
final class DefinitionFile {
  private let path: String
  private let members: [String: Node]
  private let root: Node
  private var read: Set<String> = []

  init(_ yaml: String, path: String) throws(ProjectionError) {
    self.path = path
    let node: Node?
    do { node = try Yams.compose(yaml: yaml) } catch {
      throw ProjectionError(.malformedDefinition, "\(path) is not YAML: \(error)")
    }
    guard let node, let mapping = node.mapping else {
      throw ProjectionError(.malformedDefinition, "\(path) is not a YAML mapping")
    }
    root = node
    var members: [String: Node] = [:]
    for (key, value) in mapping { members[key.string ?? ""] = value }
    self.members = members
  }

  func text(_ name: String) throws(ProjectionError) -> String {
    guard let text = try member(name).string, !text.isEmpty else { throw problem(name, "must be a text") }
    return text
  }

  func integer(_ name: String) throws(ProjectionError) -> Int {
    guard let number = try member(name).int else { throw problem(name, "must be a whole number") }
    return number
  }

  /// - Parameter fallback: what holds where the member is missing; without it the member is required.
  func boolean(_ name: String, default fallback: Bool? = nil) throws(ProjectionError) -> Bool {
    if let fallback, members[name] == nil { return fallback }
    guard let value = try member(name).bool else { throw problem(name, "must be true or false") }
    return value
  }

  /// Whether a member is just this word.
  func holds(_ name: String, _ word: String) -> Bool {
    read.insert(name)
    return members[name]?.string == word
  }

  /// A list without repeats; `value` returns nil for what may not stand in it.
  func texts<Value>(
    _ name: String,
    isRequired: Bool = true,
    _ value: (String) -> Value?
  ) throws(ProjectionError) -> [Value] {
    if !isRequired, members[name] == nil { return [] }
    guard let sequence = try member(name).sequence, !(isRequired && sequence.isEmpty) else {
      throw problem(name, "must be a list of texts")
    }
    var values: [Value] = []
    var seen: Set<String> = []
    for item in sequence {
      guard let text = item.string, let value = value(text) else {
        throw problem(name, "may not hold '\(item.string ?? "a list or mapping")'", at: item)
      }
      guard seen.insert(text).inserted else { throw problem(name, "holds '\(text)' twice", at: item) }
      values.append(value)
    }
    return values
  }

  func checkNothingElse() throws(ProjectionError) {
    if let other = members.keys.filter({ !read.contains($0) }).sorted().first {
      throw problem(other, "is not a member of this file")
    }
  }

  func problem(_ name: String, _ what: String, at node: Node? = nil) -> ProjectionError {
    let line = (node ?? members[name] ?? root).mark?.line ?? 1
    return ProjectionError(.malformedDefinition, "\(path):\(line): \(name) \(what)")
  }

  private func member(_ name: String) throws(ProjectionError) -> Node {
    read.insert(name)
    guard let node = members[name] else { throw problem(name, "is missing") }
    return node
  }
}
