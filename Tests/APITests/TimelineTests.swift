import Contracts
import Foundation
import JSON
import TestKit
import Testing

@testable import API

struct TimelineTests {
  @Test func aTimelineShowsAConversationAsItWasAndOnlyToItsTenant() async throws {
    try await TestAPI.with(projections: ["conversations", "audit"]) { api in
      let conversation = try await api.open(.whatsapp, address: "address", name: "Ada")
      try await api.hear("Where is it?", in: conversation)
      try await api.untilProjected(conversation, messages: 1)
      let path = "/conversations/\(conversation.id)/timeline"
      try await until("the read model leads there") { try await api.v1("GET", path).status == 200 }
      let now = try #require(try await api.v1("GET", path).json)
      #expect(now["messages"]?[0]?["text"]?.string == "Where is it?")
      #expect(now["events"]?.array?.count == 2)
      #expect(now["events"]?[1]?["private"]?["text"]?.string == "Where is it?")
      let before = try await api.v1("GET", "\(path)?at=2020-01-01T00:00:00.000Z")
      #expect(before.status == 404)
      #expect(try await api.v1("GET", "\(path)?at=yesterday").problem == "invalid-parameter")
      let other = try await api.provisionAnother()
      #expect(try await api.call("GET", "/v1\(path)", bearer: other.apiKey).status == 404)
      let unknown = "/conversations/\(ConversationID(UUID()))/timeline"
      #expect(try await api.v1("GET", unknown).status == 404)
    }
  }
}
