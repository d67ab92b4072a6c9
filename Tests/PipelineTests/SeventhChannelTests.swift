import Channels
import Contracts
import Foundation
import Pipeline
import TestKit
import Testing

/// A channel that no stage has heard of: its adapter, registered, is all that there is.
@Suite struct SeventhChannelTests {
  @Test func aMessageOnAnyRegisteredChannelIsAnsweredThere() async throws {
    let pigeon = ScriptedChannel(Channel(rawValue: "pigeon"))
    try await Journey.run(channel: pigeon) { journey in
      let loft = try await journey.tenant.connect(pigeon.channel, account: "loft 7")
      let body = pigeon.prepare([.text("m1", "Where is my letter?", from: .of("ada"))])
      try await journey.tenant.receive(body, on: loft, channel: pigeon.channel)
      let records = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      let delivered = try DeliverySucceeded.read(records.first(DeliverySucceeded.type)).facts
      #expect(delivered.channel == pigeon.channel && delivered.connection == loft)
      let sent = try #require(journey.sender.effects.first)
      #expect(
        sent.channel == pigeon.channel && sent.message.address == "ada" && sent.secrets.account == "loft 7")
    }
  }

  /// One channel's word with another one's adapter: what counts is what the adapter says.
  @Test func whereStopIsMeantForUsIsTheAdaptersToSay() async throws {
    let cases: [(any ChannelAdapter, String?, Int)] = [
      (EmailChannel(), "thread", 1), (TelegramChannel(), "thread", 0), (TelegramChannel(), nil, 1),
      (WebChatChannel(), nil, 0),
    ]
    for (adapter, thread, count) in cases {
      let channel = ScriptedChannel(like: adapter)
      try await Journey.run(channel: channel) { journey in
        try await channel.report(.text("m1", "stop", from: .of("ada", thread: thread)), to: journey.tenant)
        let records = try await journey.tenant.conversationEvents {
          $0.count(DeliverySucceeded.type) + $0.skips("opted-out") == 1
        }
        #expect(records.count(ConsentChanged.type) == count, "\(adapter.channel) \(thread ?? "")")
      }
    }
  }
}
