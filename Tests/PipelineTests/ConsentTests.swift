import Channels
import Contracts
import EventLog
import Foundation
import Pipeline
import Postgres
import PostgresLog
import TestKit
import Testing

@Suite struct ConsentTests {
  private let ada = InboundOrigin.of("ada")

  @Test func whoSaysStopHearsNothingUntilTheyStartAgain() async throws {
    let channel = ScriptedChannel()
    try await Journey.run(channel: channel) { journey in
      try await channel.report(.text("m1", "Hello", from: ada), to: journey.tenant)
      let records = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      try await channel.report(.text("m2", " *Stop!* ", from: ada), to: journey.tenant)
      _ = try await journey.tenant.conversationEvents { $0.skips("opted-out") == 1 }
      try await journey.compose("Wait", after: records)
      let failed = try await journey.tenant.conversationEvents { $0.count(DeliveryFailed.type) == 1 }
      #expect(try DeliveryFailed.read(failed.first(DeliveryFailed.type)).facts.reason == "opted-out")
      try await channel.report(.text("m3", "Are you there?", from: ada), to: journey.tenant)
      _ = try await journey.tenant.conversationEvents { $0.skips("opted-out") == 2 }
      try await channel.report(.text("m4", "START", from: ada), to: journey.tenant)
      let all = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 2 }
      #expect(journey.sender.all.count == 2)
      let said = try all.filter { $0.event.type == ConsentChanged.type }
        .map { try ConsentChanged.read($0.event).facts }
      #expect(said.map(\.state) == [.optedOut, .optedIn])
      #expect(said.allSatisfy { $0.source == .keyword && $0.scope == .all })
    }
  }

  @Test func itIsTheContactsNotTheConversations() async throws {
    let channel = ScriptedChannel()
    try await Journey.run(channel: channel) { journey in
      _ = try await journey.tenant.connect(.whatsapp, account: "second")
      try await channel.report(.text("m1", "Hello", from: ada), to: journey.tenant)
      let first = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      try await channel.report(.text("m2", "STOP", from: .of("ada", account: "second")), to: journey.tenant)
      _ = try await journey.tenant.conversationEvents { $0.skips("opted-out") == 1 }
      try await eventually("it is known to all") {
        try await journey.tenant.database.pool.withConnection {
          try $0.execute("select from stage.consent").count == 1 ? true : nil
        }
      }
      try await journey.compose("A word more", after: first)
      let records = try await journey.tenant.conversationEvents { $0.count(DeliveryFailed.type) == 1 }
      #expect(try DeliveryFailed.read(records.first(DeliveryFailed.type)).facts.reason == "opted-out")
    }
  }

  @Test func whoWantsNoMarketingIsStillAnsweredAndToldOfOrders() async throws {
    let channel = ScriptedChannel()
    try await Journey.run(channel: channel) { journey in
      let consent = InboundConsent(providerID: "c1", origin: ada, scope: .marketing, state: .optedOut)
      try await channel.report(
        .text("m1", "Hello", from: ada), .consent(consent), .consent(consent), to: journey.tenant)
      let records = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      func template(_ category: MessageTemplate.Category) -> MessageTemplate {
        MessageTemplate(name: category.rawValue, language: "en", category: category)
      }
      try await journey.compose("", template: template(.marketing), after: records)
      _ = try await journey.tenant.conversationEvents { $0.count(DeliveryFailed.type) == 1 }
      try await journey.compose("", template: template(.utility), after: records)
      let all = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 2 }
      #expect(all.count(ConsentChanged.type) == 1)
    }
  }

  @Test func inAGroupAWordIsNotMeantForUs() async throws {
    let channel = ScriptedChannel()
    try await Journey.run(channel: channel) { journey in
      try await channel.report(.text("m1", "stop", from: .of("ada", thread: "group")), to: journey.tenant)
      let records = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      #expect(records.count(ConsentChanged.type) == 0)
    }
  }
}

extension [Record] {
  func skips(_ reason: String) -> Int {
    count {
      $0.event.type == ReplySkipped.type
        && (try? ReplySkipped.read($0.event).facts.reason) == reason
    }
  }
}
