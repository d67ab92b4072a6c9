import Channels
import Contracts
import EventLog
import Foundation
import Keyring
import Pipeline
import Postgres
import TestKit
import Testing

/// Telegram says of a reaction in which group the message is, and not in which topic.
@Suite struct TopicReactionTests {
  private func reaction(_ id: String, to target: String) -> InboundItem {
    .reaction(
      InboundReaction(
        providerID: id, target: target, origin: .of("ada", thread: "group"), reactions: ["👍"]))
  }

  private func facts<Spec: EventSpec>(of _: Spec.Type, in records: [Record]) throws -> [Spec.Facts] {
    try records.map(\.event).filter { $0.type == Spec.type }.map { try Spec.read($0).facts }
  }

  @Test func isToldInTheTopicOfItsMessage() async throws {
    let channel = ScriptedChannel(group: { $0.split(separator: "/").first.map(String.init) })
    try await Journey.run(channel: channel) { journey in
      try await channel.report(.text("m1", "Hello", from: .of("ada", thread: "group")), to: journey.tenant)
      try await channel.report(.text("m2", "Hello", from: .of("ada", thread: "group/5")), to: journey.tenant)
      let said = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 2 }
      let key = try await journey.tenant.database.pool.withConnection { [tenant = journey.tenant] in
        try tenant.keyring.keys([KeyID(tenant.tenant.uuid)], on: $0)[KeyID(tenant.tenant.uuid)]
      }
      let tenantKey = try #require(key)
      func hmac(_ number: Int) -> String { tenantKey.hmac("m\(number)", on: .whatsapp) }
      func conversation(of number: Int, in records: [Record]) throws -> ConversationID {
        let received = try facts(of: MessageReceived.self, in: records)
        return try #require(received.first { $0.providerHMAC == hmac(number) }).conversation
      }
      let (general, topic) = (try conversation(of: 1, in: said), try conversation(of: 2, in: said))
      #expect(general != topic)
      let answer = try #require(
        try facts(of: DeliverySucceeded.self, in: said).first { $0.conversation == topic })

      try await channel.report(
        reaction("r1", to: "m1"), reaction("r2", to: "m2"),
        reaction("r3", to: "provider-\(answer.message)"),
        .text("m3", "Hello", from: .of("bob", thread: "group/6")), reaction("r4", to: "m3"),
        to: journey.tenant)
      let all = try await journey.tenant.conversationEvents { $0.count(MessageReacted.type) == 4 }
      let reacted = try facts(of: MessageReacted.self, in: all)
      func place(_ hmac: String) -> ConversationID? {
        reacted.first { $0.providerHMAC == hmac }?.conversation
      }
      #expect(place(hmac(1)) == general)
      #expect(place(hmac(2)) == topic)
      #expect(place(answer.providerHMAC) == topic)
      let third = try conversation(of: 3, in: all)
      #expect(place(hmac(3)) == third && ![general, topic].contains(third))
    }
  }

  @Test func nothingIsNotedOfMessagesOfGroupsWithoutTopicsNorForEver() async throws {
    let channel = ScriptedChannel(group: { $0.split(separator: "/").first.map(String.init) })
    try await Journey.run(channel: channel) { journey in
      func noted() async throws -> Int64 {
        try await journey.tenant.database.pool.withConnection {
          try $0.execute("select count(*) from stage.topic_message")[0].int8(0)
        }
      }
      try await channel.report(.text("m1", "Hello", from: .of("ada", thread: "group")), to: journey.tenant)
      let first = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      let general = try MessageReceived.read(first.first(MessageReceived.type)).facts.conversation
      #expect(try await noted() == 0)
      try await channel.report(.text("m2", "Hello", from: .of("ada", thread: "group/5")), to: journey.tenant)
      _ = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 2 }
      #expect(try await noted() == 2)
      // What is too old tells nothing, whether or not anything came that dropped it.
      try await journey.tenant.database.pool.withConnection {
        try $0.executeScript(
          """
          update stage.topic_message set noted_at = noted_at - interval '31 days';
          insert into stage.topic_message (connection, provider_hmac, conversation, noted_at)
          select gen_random_uuid(), n::text, gen_random_uuid(), now() - interval '32 days'
          from generate_series(1, 90) as n
          """)
      }
      try await channel.report(reaction("r1", to: "m2"), to: journey.tenant)
      let all = try await journey.tenant.conversationEvents { $0.count(MessageReacted.type) == 1 }
      #expect(try MessageReacted.read(all.first(MessageReacted.type)).facts.conversation == general)
      #expect(try await noted() == 92)
      try await channel.report(.text("m3", "Hello", from: .of("ada", thread: "group/5")), to: journey.tenant)
      _ = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 3 }
      #expect(try await noted() == 2)
    }
  }

  /// However much comes at once, more goes than comes.
  @Test func moreGoesThanComes() async throws {
    try await Journey.run { journey in
      let left = try await journey.tenant.database.pool.withConnection { connection in
        try connection.executeScript(
          """
          insert into stage.topic_message (connection, provider_hmac, conversation, noted_at)
          select gen_random_uuid(), n::text, gen_random_uuid(), now() - interval '31 days'
          from generate_series(1, 350) as n
          """)
        _ = try connection.execute(
          "select stage.note_topic_messages($1, $2, $3)",
          [
            .uuids((0..<150).map { _ in UUID() }), .texts((0..<150).map { "new \($0)" }),
            .uuids((0..<150).map { _ in UUID() }),
          ])
        return try connection.execute(
          "select count(*) from stage.topic_message where noted_at < now() - interval '30 days'")[0].int8(0)
      }
      #expect(left == 50)
    }
  }
}
