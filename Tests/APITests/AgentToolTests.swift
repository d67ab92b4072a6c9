import JSON
import TestKit
import Testing

@testable import API

struct AgentToolTests {
  func agent(_ schema: String) throws -> String {
    let text = String(decoding: try JSON.encode(schema), as: UTF8.self)
    return
      #"{"name":"x","instructions":"x","tools":[{"name":"find","kind":"close","parameters":\#(text)}]}"#
  }

  @Test func aToolsSchemaThatCannotBeCheckedIsRefusedByItsPlace() async throws {
    let refused = [
      (##""properties":{"a":{"$ref":"#/$defs/b"}}"##, "$.properties.a.$ref names no schema"),
      (##""$defs":{"b":{"$ref":"#/$defs/b"}}"##, "$.$defs.b.$ref leads back to where it stands"),
      (#""properties":{"a":{"pattern":"(a"}}"#, "$.properties.a.pattern cannot be used: missing"),
      (
        #""properties":{"a":{"pattern":"(?i)a"}}"#,
        "$.properties.a.pattern cannot be used: syntax that ECMA-262 does not have"
      ),
      (#""properties":{"a":{"if":true}}"#, "$.properties.a.if: the keyword if is not supported"),
      (#""properties":{"a":{},"a":{}}"#, "$.properties names a member twice"),
    ]
    try await TestAPI.with { api in
      for (members, words) in refused {
        let answer = try await api.v1("POST", "/agents", agent(#"{"type":"object",\#(members)}"#))
        #expect(answer.status == 422 && answer.problem == "invalid-content", "\(members): \(answer.text)")
        #expect(answer.text.contains("$.tools: find: parameters: \(words)"), "\(answer.text)")
      }
      let known =
        ##"{"type":"object","properties":{"a":{"$ref":"#/$defs/b"}},"$defs":{"b":{"pattern":"^(?!x)a+$"}}}"##
      let made = try await api.v1("POST", "/agents", agent(known))
      #expect(made.status == 201, "\(made.text)")
    }
  }
}
