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

  /// Of bodies of before that named them too, the id says that they are messages.
  @Test func whatWasShownBecomesRead() throws {
    let status = InboundStatus(
      providerID: "visitor/\(Self.id)", origin: InboundOrigin(address: "visitor", name: nil, time: nil),
      status: .read, code: nil)
    let shown = #"{"read":["\#(Self.id.uppercased())"]}"#
    #expect(try channel.parse(shown, sender: "visitor") == [.status(status)])
    guard
      case .message = try channel.parse(
        #"{"id":"\#(Self.id)","text":"hi","read":["x"]}"#, sender: "visitor")[0]
    else { throw Unexpected([]) }
    #expect(error(#"{"read":[7]}"#)?.message == "id is int, not a string")
    #expect(error(#"{"read":{}}"#)?.message == "read is no array of 1 to 100 elements")
  }

  @Test func anotherVisitorsIDCannotBeTaken() throws {
    #expect(try channel.parse(body("x"), sender: "a") != channel.parse(body("x"), sender: "b"))
    guard case .message(let message) = try channel.parse(body("x"), sender: "a")[0] else {
      throw Unexpected([])
    }
    #expect(message.providerID == "a/\(Self.id)")
    let shown = #"{"read":["\#(Self.id)"]}"#
    guard case .status(let status) = try channel.parse(shown, sender: "b")[0] else { throw Unexpected([]) }
    #expect(status.providerID == "b/\(Self.id)")
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
    #expect(self.error(body(String(repeating: "a", count: 7_100_000)))?.code == .tooLarge)
  }

  @Test func filesStandInTheBodyAndAreReadFromIt() async throws {
    let bytes = (0..<200).map { UInt8($0) }
    let body = Array(
      #"""
      {"id":"\#(Self.id)","text":" ","payload":"p","files":[{"name":"a.png","type":"image/png","data":"\#(
        Data(bytes).base64EncodedString())"},{"type":"IMAGE/SVG+XML; x","data":"AQID"}],
        "visitor":{"name":"Zoë","email":"zoe@example.com","verified":true}}
      """#.utf8)
    guard case .message(let message) = try channel.parse(body, sender: "v")[0] else { throw Unexpected([]) }
    #expect(message.content.kind == .attachment && message.content.text == nil)
    #expect(message.content.payload == "p" && message.origin.name == "Zoë")
    #expect(message.origin.profile == InboundProfile(email: "zoe@example.com", phone: nil, isVerified: true))
    #expect(message.content.attachments.map(\.kind) == [.image, .document])
    #expect(message.content.attachments.map(\.source) == [.part(0), .part(1)])
    let client = HTTPClient(maximumConcurrentRequests: 1)
    let nothing = ConnectionCreated.Private(account: nil, appSecret: nil, verifyToken: nil, accessToken: nil)
    func fetch(_ number: Int, in body: [UInt8]?, atMost maximum: Int = 1_000) async -> FetchOutcome {
      await channel.fetch(.part(number), in: body, maximumBytes: maximum, from: nothing, using: client)
    }
    #expect(await fetch(0, in: body) == .fetched(bytes: bytes, mediaType: "image/png"))
    #expect(await fetch(1, in: body) == .fetched(bytes: [1, 2, 3], mediaType: "image/svg+xml"))
    #expect(await fetch(0, in: body, atMost: 10) == .failed(reason: "too-large", code: nil))
    #expect(await fetch(2, in: body) == .failed(reason: "gone", code: nil))
    #expect(await fetch(-1, in: body) == .failed(reason: "gone", code: nil))
    #expect(await fetch(0, in: nil) == .failed(reason: "gone", code: nil))
  }

  @Test(arguments: [
    #""files":1"#, #""files":[1]"#, #""files":[{}]"#, #""files":[{"data":"!"}]"#, #""files":[{"data":""}]"#,
    #""files":[{"data":"AA=="},{"data":"AA=="},{"data":"AA=="},{"data":"AA=="},{"data":"AA=="},{"data":"AA=="}]"#,
    #""text":"x","payload":1"#, #""text":"x","payload":"\u0000""#,
  ])
  func aBodyWithFilesOfAnotherShapeIsRefused(members: String) {
    #expect(error(#"{"id":"\#(Self.id)",\#(members)}"#) != nil)
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
    #expect(outcome == .accepted(providerID: "visitor/\(message.id)"))
  }

}
