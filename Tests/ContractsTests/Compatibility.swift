/// A change of the schemas after which an event of the log, or a reader of it, is no longer understood.
struct Incompatibility: Equatable, CustomStringConvertible {
  enum Change: String {
    case eventRemoved, fieldRemoved, retyped, madeRequired, requiredFieldAdded, madeOptional, wordRemoved
    case formatChanged, patternChanged, narrowed
  }

  /// `<topic>/<type>.json`
  let file: String
  /// As in `facts.known.agents`.
  let path: String
  let change: Change

  var description: String { "\(file) \(path): \(change)" }
}

/// Whether schemas may follow those released last: fields, words and events may be added, nothing else.
enum Compatibility {
  /// - Parameters:
  ///   - released: by `<topic>/<type>.json`
  ///   - present: likewise
  static func faults(released: [String: Tree], present: [String: Tree]) -> [Incompatibility] {
    released.keys.sorted().flatMap { file -> [Incompatibility] in
      guard let old = released[file], let new = present[file] else {
        return [Incompatibility(file: file, path: "", change: .eventRemoved)]
      }
      var found = compare(old, new, at: [])
      if let old = old["$defs"]?["private"] {
        found += compare(old, new["$defs"]?["private"] ?? [:], at: ["private"])
      }
      return found.map {
        Incompatibility(file: file, path: $0.path.joined(separator: "."), change: $0.change)
      }
    }
  }

  private typealias Fault = (path: [String], change: Incompatibility.Change)

  private static func compare(_ old: Tree, _ new: Tree, at path: [String]) -> [Fault] {
    guard old["type"] == new["type"] else { return [(path, .retyped)] }
    return changes(old, new).map { (path, $0) } + members(old, new, at: path) + elements(old, new, at: path)
  }

  private static func changes(_ old: Tree, _ new: Tree) -> [Incompatibility.Change] {
    var found: [Incompatibility.Change] = []
    if old["format"] != new["format"] { found.append(.formatChanged) }
    switch (old["enum"], new["enum"]) {
    case (let old?, let new?) where !old.strings.isSubset(of: new.strings): found.append(.wordRemoved)
    case (nil, .some): found.append(.narrowed)
    case (let old?, nil):
      if !old.strings.allSatisfy({ matches($0, new["pattern"]?.string) }) { found.append(.wordRemoved) }
      return found
    default: break
    }
    if old["pattern"] != new["pattern"] { found.append(.patternChanged) }
    if ["minimum", "minLength", "minItems", "exclusiveMinimum"].contains(where: { rose(old[$0], new[$0]) })
      || ["maximum", "maxLength", "maxItems", "exclusiveMaximum"].contains(where: { fell(old[$0], new[$0]) })
      || ["const", "not", "multipleOf", "uniqueItems"].contains(where: { old[$0] != new[$0] })
    {
      found.append(.narrowed)
    }
    return found
  }

  private static func matches(_ word: String, _ pattern: String?) -> Bool {
    guard let pattern else { return true }
    return (try? Regex(pattern).firstMatch(in: word)) != nil
  }

  private static func rose(_ old: Tree?, _ new: Tree?) -> Bool {
    (new?.number ?? -.infinity) > (old?.number ?? -.infinity)
  }

  private static func fell(_ old: Tree?, _ new: Tree?) -> Bool {
    (new?.number ?? .infinity) < (old?.number ?? .infinity)
  }

  private static func members(_ old: Tree, _ new: Tree, at path: [String]) -> [Fault] {
    let (wasRequired, isRequired) = (old["required"]?.strings ?? [], new["required"]?.strings ?? [])
    let before = old["properties"]?.object ?? [:]
    let now = new["properties"]?.object ?? [:]
    var found: [Fault] = []
    for (name, property) in before.sorted(by: { $0.key < $1.key }) {
      guard let successor = now[name] else {
        found.append((path + [name], .fieldRemoved))
        continue
      }
      found += compare(property, successor, at: path + [name])
      switch (wasRequired.contains(name), isRequired.contains(name)) {
      case (false, true): found.append((path + [name], .madeRequired))
      case (true, false): found.append((path + [name], .madeOptional))
      default: break
      }
    }
    return found
      + isRequired.subtracting(before.keys).sorted().map { (path + [$0], .requiredFieldAdded) }
  }

  /// What holds of every element of an array, or of every member of a map.
  private static func all(_ old: Tree?, _ new: Tree?, at path: [String]) -> [Fault] {
    switch (old, new) {
    case (nil, nil): []
    case (let old?, let new?): compare(old, new, at: path)
    case (.some, nil): [(path, .retyped)]
    case (nil, .some): [(path, .narrowed)]
    }
  }

  private static func elements(_ old: Tree, _ new: Tree, at path: [String]) -> [Fault] {
    all(old["items"], new["items"], at: path + ["[]"])
      + all(old["additionalProperties"]?.ofMembers, new["additionalProperties"]?.ofMembers, at: path + ["*"])
  }
}

extension Tree {
  /// The schema of a map's members; nil where `additionalProperties` only says that there are no others.
  fileprivate var ofMembers: Tree? { object == nil ? nil : self }
}
