import Channels
import Contracts
import FoundationEssentials
import HTTPClient
import Testing

@Suite struct WebChatTests {
  let channel = WebChatChannel()
  static let id = "0193a6f0-52ab-7c1e-8f3e-0123456789ab"

  func error(_ body: String, sender: String? = "visitor") -> ChannelError? {
    #expect(throws: ChannelError.self) { try channel.parse(body, sender: sender) }
  }

  func body(_ text: String) -> String { #"{"id":"\#(Self.id)","text":"\#(text)"}"# }

  @Test func aBodyIsAMessageOfItsVisitor() throws {
    let upper = #"{"id":"\#(Self.id.uppercased())","text":" hi 👋\n","sender":"someone else"}"#
    let expected = InboundMessage(
      providerID: "visitor/\(Self.id)",
      origin: InboundOrigin(address: "visitor", name: nil, time: nil),
      content: InboundContent(.text, text: " hi 👋\n")
    )
    #expect(try channel.parse(upper, sender: "visitor") == [.message(expected)])
  }

  @Test func anotherVisitorsIDCannotBeTaken() throws {
    #expect(try channel.parse(body("x"), sender: "a") != channel.parse(body("x"), sender: "b"))
    guard case .message(let message) = try channel.parse(body("x"), sender: "a")[0] else {
      throw Unexpected([])
    }
    #expect(message.providerID == "a/\(Self.id)")
  }

  @Test(arguments: [
    ("", ChannelError.Code.notJSON, nil),
    ("[]", .wrongShape, "body is array, not an object"),
    (#"{"text":"x"}"#, .invalidID, "id is missing"),
    (#"{"id":1,"text":"x"}"#, .invalidID, "id is int, not a string"),
    (#"{"id":"1","text":"x"}"#, .invalidID, "id is not a uuid"),
    (#"{"id":"{0193a6f0-52ab-7c1e-8f3e-0123456789}","text":"x"}"#, .invalidID, "id is not a uuid"),
    (#"{"id":"\#(id)"}"#, .emptyText, "text is missing"),
    (#"{"id":"\#(id)","text":null}"#, .wrongShape, "text is null, not a string"),
    (#"{"id":"\#(id)","text":""}"#, .emptyText, "text is empty"),
    (#"{"id":"\#(id)","text":" \n\t"}"#, .emptyText, "text is empty"),
    (#"{"id":"\#(id)","text":"a\u0000"}"#, .invalidText, "text holds the character u+0000"),
  ])
  func aBodyOfAnotherShapeHasAPreciseError(body: String, code: ChannelError.Code, message: String?) {
    let error = error(body)
    #expect(error?.code == code)
    if let message { #expect(error?.message == message) }
  }

  @Test func aTextHasUpToFourThousandCharacters() throws {
    #expect(try channel.parse(body(String(repeating: "👍", count: 4_000)), sender: "v").count == 1)
    let error = error(body(String(repeating: "a", count: 4_001)))
    #expect(error == ChannelError(.textTooLong, "text has 4001 characters, at most 4000"))
    #expect(self.error(body(String(repeating: "a", count: 70_000)))?.code == .tooLarge)
  }

  @Test func aBodyWithoutAVisitorIsRefused() {
    #expect(error(body("x"), sender: nil)?.code == .missingSender)
    #expect(error(body("x"), sender: "")?.code == .missingSender)
  }

  @Test func aReplyIsTakenAtOnce() async {
    let message = OutboundMessage(
      id: MessageID(UUID.version7()),
      address: "visitor",
      text: "hello",
      context: SendContext(now: Date())
    )
    let nothing = ConnectionCreated.Private(account: nil, appSecret: nil, verifyToken: nil, accessToken: nil)
    let outcome = await channel.send(message, from: nothing, using: HTTPClient(maximumConcurrentRequests: 1))
    #expect(outcome == .accepted(providerID: message.id.description))
  }

}
