import JSON

/// What a tool takes: a JSON Schema (2020-12) of an object, in the keywords that tools have.
///
/// Keywords that it does not know are refused when it is made, so that none is thought to be checked which is not.
/// `$ref` leads to a schema of the same text, by JSON Pointer. `format` is an annotation, as the specification has it;
/// `nullable` is that of OpenAPI 3.0.
package struct ArgumentSchema: Sendable {
  package struct Unsupported: Error, CustomStringConvertible {
    package let description: String
  }

  package struct Refusal: Error, Sendable, Equatable {
    package let problems: [String]
  }

  private let subschemas: [Subschema]

  /// - Parameter text: at most 32 KiB.
  package init(text: String) throws(Unsupported) {
    guard text.utf8.count <= 32 << 10 else { throw Unsupported(description: "the schema exceeds 32 KiB") }
    let schema: JSONValue
    do { schema = try JSONValue(parsing: Array(text.utf8), maximumDepth: 32) } catch {
      throw Unsupported(description: "the schema is no JSON: \(error.code.rawValue)")
    }
    if let object = schema.withRepeatedMember {
      throw Unsupported(description: "\(object.path) names a member twice")
    }
    guard schema["type"]?.string == "object" else {
      throw Unsupported(description: "the schema's type is not object")
    }
    subschemas = try SchemaReader.read(schema)
  }

  /// The arguments, or what is wrong with them, for the model to mend: at most five complaints. Arguments that would
  /// take too long to check are refused with that.
  package func read(_ text: String) -> Result<JSONValue, Refusal> {
    guard text.utf8.count <= 64 << 10,
      let value = try? JSONValue(parsing: Array((text.isEmpty ? "{}" : text).utf8))
    else { return .failure(Refusal(problems: ["the arguments are no JSON"])) }
    if let object = value.withRepeatedMember {
      return .failure(Refusal(problems: ["\(object.path) names a member twice"]))
    }
    // Whatever the schema says: `nullable` would let null through, and that has no members to require.
    guard value.kind == .object else {
      return .failure(Refusal(problems: ["the arguments are no object"]))
    }
    var check = ArgumentCheck(subschemas)
    let problems = check.problems(of: value)
    return problems.isEmpty ? .success(value) : .failure(Refusal(problems: problems))
  }
}
