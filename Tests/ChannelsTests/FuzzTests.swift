import Channels
import Contracts
import Foundation
import JSON
import Testing

/// Every parser against its real cases, broken at random, for `AIGENTABLE_FUZZ_SECONDS` in all: a moment in the tests,
/// ten minutes by hand. Nothing crashes, nothing takes long, everything that comes out is sound and the same when it is
/// read again, and memory does not grow.
@Suite struct FuzzTests {
  /// The longest that one broken body may take, on a machine that does other things as well.
  private static let longest = Duration.seconds(5)
  private static let maximumGrowth = 64 << 20

  private struct Target {
    let name: String
    let bodies: [[UInt8]]
    let isJSON: Bool
    let parse: ([UInt8]) throws -> [InboundItem]
  }

  private func targets() throws -> [Target] {
    func json(_ name: String, _ bodies: [String: String], _ channel: any ChannelAdapter) -> Target {
      let connection = ConnectionCreated.Private(
        account: "thebot", appSecret: nil, verifyToken: nil, accessToken: "111111111:t")
      return Target(
        name: name, bodies: bodies.sorted { $0.key < $1.key }.map { Array($0.value.utf8) }, isJSON: true,
        parse: { try channel.parse($0, sender: "visitor", for: connection) })
    }
    let mails =
      try EmailCases.files("mikel-mail", [".eml"]) + EmailCases.files("enmime", [".raw"])
      + EmailCases.files("talon-quotes", [".eml"])
    let instagram = try Cases.messenger().mapValues {
      $0.replacing(#""object": "page""#, with: #""object": "instagram""#)
    }.merging(Self.instagram) { $1 }
    return [
      json("whatsapp", try Cases.whatsApp(), WhatsAppChannel()),
      json("messenger", try Cases.messenger(), MessengerChannel()),
      json("instagram", instagram, InstagramChannel()),
      json("telegram", try Cases.telegram(), TelegramChannel()),
      json("webchat", Self.webChat, WebChatChannel()),
      Target(
        name: "email", bodies: mails.map(\.bytes), isJSON: false,
        parse: { try EmailChannel().parse($0, sender: nil) }),
    ]
  }

  /// What Instagram alone sends: mentions of stories and answers to them, unsends, echoes, reads, reactions, ice breakers.
  private static let instagram: [String: String] = [
    "mention":
      #""message":{"mid":"m1","attachments":[{"type":"story_mention","payload":{"url":"https://x/1"}}]}"#,
    "story": #""message":{"mid":"m2","text":"nice","reply_to":{"story":{"id":"9","url":"https://x/2"}}}"#,
    "unsend": #""message":{"mid":"m3","is_deleted":true}"#,
    "echo": #""message":{"mid":"m4","is_echo":true,"text":"hi","app_id":1}"#,
    "read": #""read":{"mid":"m5"}"#,
    "reaction": #""reaction":{"mid":"m6","action":"react","reaction":"love","emoji":"❤"}"#,
    "ice": #""postback":{"mid":"m7","title":"Open?","payload":"o"}"#,
    "edit": #""message_edit":{"mid":"m8","text":"hi","num_edit":2}"#,
    "share":
      #""message":{"mid":"m9","attachments":[{"type":"ig_reel","payload":{"title":"t","url":"https://x/3"}}]}"#,
  ].mapValues {
    #"{"object":"instagram","entry":[{"id":"1","time":1700000000000,"messaging":[{"sender":{"id":"7"},"#
      + #""recipient":{"id":"1"},"timestamp":1700000000000,\#($0)}]}]}"#
  }

  /// What pages send: a text, a choice, files with a text and without, and what the endpoint adds of the visitor.
  private static let webChat = [
    "text": #"{"id":"0190f7a2-7f6b-7c6b-9c1e-3f0d6a1c9f21","text":"hello 👋\nand more"}"#,
    "choice": #"{"id":"0190f7a2-7f6b-7c6b-9c1e-3f0d6a1c9f22","text":"Yes","payload":"yes"}"#,
    "file":
      #"{"id":"0190f7a2-7f6b-7c6b-9c1e-3f0d6a1c9f23","files":[{"name":"a.png","type":"image/png","data":"iVBORw0KGgo="}]}"#,
    "files":
      #"{"id":"0190f7a2-7f6b-7c6b-9c1e-3f0d6a1c9f24","text":"these","files":[{"data":"AAAA"},{"name":"b","type":"audio/ogg; codecs=opus","data":"T2dnUw=="}]}"#,
    "visitor":
      #"{"id":"0190f7a2-7f6b-7c6b-9c1e-3f0d6a1c9f25","text":"hi","visitor":{"name":"Zoë","email":"zoe@example.com","phone":"+49 151","verified":true}}"#,
    "more":
      #"{"id":"0190F7A2-7F6B-7C6B-9C1E-3F0D6A1C9F26","text":" ","files":[],"visitor":null,"sender":"x"}"#,
  ]

  @Test(.timeLimit(.minutes(30))) func everyParserEndures() throws {
    var random = Seeded.named("everyParserEndures")
    let seconds =
      ProcessInfo.processInfo.environment["AIGENTABLE_FUZZ_SECONDS"].flatMap { Double($0) } ?? 3
    let clock = ContinuousClock()
    let targets = try targets()
    for target in targets {
      let end = clock.now + .seconds(seconds / Double(targets.count))
      var (count, refused, slowest) = (0, 0, Duration.zero)
      var warm: Int?
      while clock.now < end {
        // What parsers make once is made by then.
        if count == 500 { warm = Self.residentBytes() }
        let body = broken(target, &random)
        let begun = clock.now
        let items = try? target.parse(body)
        slowest = max(slowest, clock.now - begun)
        count += 1
        guard let items else {
          refused += 1
          continue
        }
        #expect(!items.contains { !$0.isSound }, "\(target.name): \(Data(body).base64EncodedString())")
        if count.isMultiple(of: 16) {
          #expect((try? target.parse(body)) == items, "\(target.name): \(Data(body).base64EncodedString())")
        }
      }
      let growth = warm.map { Self.residentBytes() - $0 } ?? 0
      print(
        "\(target.name): \(count) bodies, \(refused) refused, slowest \(slowest), memory \(growth >> 20) MiB")
      #expect(count > 0 && slowest < Self.longest, "\(target.name)")
      #expect(growth < Self.maximumGrowth, "\(target.name) grew by \(growth) bytes")
    }
  }

  private func broken(_ target: Target, _ random: inout Seeded) -> [UInt8] {
    let body = target.bodies.randomElement(using: &random) ?? []
    if target.isJSON, Bool.random(using: &random), let value = try? JSONValue(parsing: body) {
      return Array(mutations.rewritten(value, &random).utf8)
    }
    return mutations.broken(body, &random)
  }

  private let mutations = Mutations(junk: [
    "null", "[]", "{}", "-1", "1e300", "18446744073709551615", #""""#, #""\u0000""#, "[{}]", "\r\n\r\n",
    "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n", "=?utf-8?b?//8=?=", "\u{FEFF}", "\r\n> ",
    "<a href=x>",
  ])

  /// Of `/proc/self/statm`, in pages.
  private static func residentBytes() -> Int {
    let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
    let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    return pages * sysconf(Int32(_SC_PAGESIZE))
  }
}
