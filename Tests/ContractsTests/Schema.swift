/// One object, array or scalar of a JSON Schema, with the way to its value in a golden event.
struct SchemaPlace: CustomStringConvertible {
  let path: [Tree.Step]
  let schema: Tree
  /// nil for the whole and for elements of arrays.
  let isRequired: Bool?

  var description: String { path.map(\.description).joined(separator: ".") }
}

enum Schema {
  /// Every place that `schema` describes, itself first; of an array's elements the first stands for all, of the members of a
  /// map that which its schema gives as an example.
  static func places(of schema: Tree, at path: [Tree.Step] = [], isRequired: Bool? = nil) -> [SchemaPlace] {
    var found = [SchemaPlace(path: path, schema: schema, isRequired: isRequired)]
    let required = schema["required"]?.strings ?? []
    for (name, property) in (schema["properties"]?.object ?? [:]).sorted(by: { $0.key < $1.key }) {
      found += places(of: property, at: path + [.key(name)], isRequired: required.contains(name))
    }
    if let member = schema["additionalProperties"], member.object != nil,
      let name = schema["propertyNames"]?["examples"]?.array?.first?.string
    {
      found += places(of: member, at: path + [.key(name)])
    }
    if let items = schema["items"] { found += places(of: items, at: path + [.index(0)]) }
    return found
  }

  /// Every place that `value` has, walked without its schema.
  static func paths(of value: Tree, at path: [Tree.Step] = []) -> Set<[Tree.Step]> {
    var found: Set = [path]
    for (name, member) in value.object ?? [:] { found.formUnion(paths(of: member, at: path + [.key(name)])) }
    if let first = value.array?.first { found.formUnion(paths(of: first, at: path + [.index(0)])) }
    return found
  }
}
