import Contracts
import Foundation
import JSON
import Pipeline
import Postgres
import TestKit
import Testing

struct IntentTests {
  private static let examples = """
    {"examples":[{"text":"Where is my parcel?","intent":"track"},{"text":"I want my money back","intent":"refund"},
    {"text":"sing a song"}]}
    """

  @Test func examplesAreAddedReplacedAndCounted() async throws {
    try await TestAPI.with { api in
      let none = try await api.v1("GET", "/intents")
      #expect(none.status == 200 && none.json?["state"]?.string == "none" && none.json?["revision"]?.int == 0)
      let added = try await api.v1("POST", "/intents", Self.examples)
      #expect(added.status == 202 && added.json?["revision"]?.int == 1)
      #expect(added.json?["state"]?.string == "training")
      #expect(added.json?["intents"]?.array?.map { $0["name"]?.string } == ["refund", "track"])
      #expect(added.json?["out_of_scope_examples"]?.int == 1)
      // The same again changes nothing; another intent for a text moves it.
      let again = try await api.v1("POST", "/intents", Self.examples)
      #expect(again.status == 200 && again.json?["revision"]?.int == 1)
      let moved = try await api.v1(
        "POST", "/intents", #"{"examples":[{"text":"sing a song","intent":"refund"}]}"#)
      #expect(moved.status == 202 && moved.json?["revision"]?.int == 2)
      #expect(moved.json?["out_of_scope_examples"]?.int == 0)
      #expect(moved.json?["intents"]?.array?.first?["examples"]?.int == 2)
      let all = try await api.v1("POST", "/intents", #"{"replace":true,"examples":[]}"#)
      #expect(all.status == 202 && all.json?["state"]?.string == "none")
      #expect(all.json?["intents"]?.array?.isEmpty == true)
      let other = try await api.provisionAnother()
      let theirs = try await api.call("GET", "/v1/intents", bearer: other.apiKey)
      #expect(theirs.json?["revision"]?.int == 0)
    }
  }

  @Test func whatIsNoExampleIsRefusedByItsPlace() async throws {
    try await TestAPI.with { api in
      let long = String(repeating: "x", count: 1_001)
      for bad in [
        "{}", #"{"examples":[]}"#, #"{"examples":[{"intent":"a"}]}"#,
        #"{"examples":[{"text":" ","intent":"a"}]}"#,
        #"{"examples":[{"text":"\#(long)","intent":"a"}]}"#, #"{"examples":[{"text":"a","intent":""}]}"#,
        #"{"examples":[{"text":"a","intent":"\#(long)"}]}"#, #"{"examples":[{"text":7}]}"#,
      ] {
        let answer = try await api.v1("POST", "/intents", bad)
        #expect(answer.status == 422 && answer.problem == "invalid-content", "\(answer.text)")
        #expect(answer.text.contains("\"detail\":\"$"))
      }
      let many = (0..<501).map { #"{"text":"t\#($0)","intent":"i\#($0)"}"# }.joined(separator: ",")
      let answer = try await api.v1("POST", "/intents", #"{"examples":[\#(many)]}"#)
      #expect(answer.status == 422 && answer.text.contains("501 intents"))
      #expect(try await api.v1("GET", "/intents").json?["revision"]?.int == 0)
    }
  }

  @Test func aTextIsTriedWithoutAModel() async throws {
    try await TestAPI.with { api in
      let answer = try await api.v1(
        "POST", "/intents/try", #"{"text":"Das ist eine Frechheit, ich bin stinksauer!"}"#)
      #expect(answer.status == 200)
      #expect(answer.json?["language"]?.string == "de")
      #expect(answer.json?["sentiment"]?.string == "angry")
      #expect(answer.json?["intent"] == nil && answer.json?["model_revision"] == nil)
    }
  }

  @Test func twoChangesAtOnceAreBothKeptOrOneIsTold() async throws {
    try await TestAPI.with { api in
      let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
        for number in 0..<6 {
          group.addTask {
            try await api.v1(
              "POST", "/intents", #"{"examples":[{"text":"text \#(number)","intent":"a"}]}"#
            ).status
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(statuses.allSatisfy { $0 == 202 || $0 == 409 })
      let kept = try await api.v1("GET", "/intents").json?["intents"]?.array?.first?["examples"]?.int
      #expect(kept == Int64(statuses.count { $0 == 202 }))
    }
  }
}
