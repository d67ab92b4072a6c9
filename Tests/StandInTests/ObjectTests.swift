import JSON
import Testing

/// Messages that are no texts.
@Suite("objects")
struct ObjectTests {
  private func body(_ type: String, _ object: String, more: String = "") -> String {
    #"{"messaging_product":"whatsapp","to":"15550100","type":"\#(type)","\#(type)":\#(object)\#(more)}"#
  }

  private static let button = #"{"type":"reply","reply":{"id":"y","title":"Yes"}}"#

  private static func buttons(_ buttons: String) -> String {
    #"{"type":"button","body":{"text":"Sure?"},"action":{"buttons":[\#(buttons)]}}"#
  }

  private static func list(_ rows: String, button: String = "Show") -> String {
    #"{"type":"list","body":{"text":"Which?"},"action":{"button":"\#(button)","sections":[{"rows":[\#(rows)]}]}}"#
  }

  @Test(arguments: [
    ("image", #"{"link":"https://a.example/i.png","caption":"Look"}"#, "Look"),
    ("interactive", buttons(button), "Sure?"),
    ("interactive", list(#"{"id":"r","title":"Red"}"#), "Which?"),
    ("template", #"{"name":"hello","language":{"code":"en"}}"#, "hello"),
    (
      "template",
      #"{"name":"hello","language":{"code":"en"},"components":[{"type":"body","parameters":[{"type":"text","#
        + #""text":"Ada"}]},{"type":"button","sub_type":"url","index":"0","parameters":[{"type":"text","#
        + #""text":"17"}]}]}"#,
      "hello"
    ),
    ("location", #"{"latitude":"1.5","longitude":2,"name":"Home"}"#, "Home"),
    ("contacts", #"[{"name":{"formatted_name":"Ada","first_name":"Ada"},"phones":[{"phone":"1"}]}]"#, "Ada"),
    ("reaction", #"{"message_id":"wamid.1","emoji":"x"}"#, "x"),
  ])
  func takesAndShowsThem(type: String, object: String, text: String) async throws {
    try await RunningStandIn.with { standIn async throws in
      let answer = try await standIn.send(body(type, object, more: #","context":{"message_id":"wamid.q"}"#))
      #expect(answer.status == 200, "\(String(decoding: answer.body, as: UTF8.self))")
      let sent = try await standIn.sent()["items"]?[0]
      #expect(sent?["type"]?.string == type)
      #expect(sent?["text"]?.string == text)
      #expect(sent?["quoted"]?.string == "wamid.q")
      #expect(sent?["object"].map { String(decoding: $0.serialized(), as: UTF8.self) } == object)
    }
  }

  @Test(arguments: [
    ("image", "{}", 131008), ("image", #"{"id":"7"}"#, 131009),
    ("image", #"{"id":"7","link":"https://a.example"}"#, 131009), ("audio", #"{"link":"ftp://a"}"#, 131009),
    ("audio", #"{"link":"https://a.example","caption":"x"}"#, 131009),
    ("interactive", "{}", 131009), ("interactive", buttons(""), 131009),
    ("interactive", buttons([button, button].joined(separator: ",")), 131009),
    ("interactive", buttons(#"{"type":"reply","reply":{"id":"y","title":"a title of 21 letters"}}"#), 100),
    ("interactive", list(""), 131009),
    ("interactive", list(#"{"id":"r","title":"Red"}"#, button: ""), 131009),
    (
      "interactive",
      list((0...10).map { #"{"id":"\#($0)","title":"\#($0)"}"# }.joined(separator: ",")),
      131009
    ),
    ("template", #"{"name":"hello"}"#, 131008),
    ("template", #"{"name":"hello","language":{"code":"en"},"components":[{"type":"foot"}]}"#, 131009),
    (
      "template",
      #"{"name":"a","language":{"code":"en"},"components":[{"type":"button","sub_type":"copy_code","index":"0","#
        + #""parameters":[{"type":"text","text":"25OFF"}]}]}"#,
      131009
    ),
    (
      "template",
      #"{"name":"a","language":{"code":"en"},"components":[{"type":"header","parameters":[{"type":"image","#
        + #""image":{"id":"1","link":"https://a.example"}}]}]}"#,
      131009
    ),
    ("location", #"{"latitude":91,"longitude":0}"#, 131009), ("contacts", "[]", 131008),
    ("location", #"{"latitude":1,"longitude":0,"address":"a"}"#, 131009),
    ("contacts", #"[{"name":{"formatted_name":"Ada"}}]"#, 131008),
    ("contacts", #"[{"name":{"formatted_name":"Ada","first_name":"Ada"},"phones":[{}]}]"#, 131008),
    ("reaction", #"{"emoji":"x"}"#, 131008), ("image", "[]", 131008), ("template", "7", 131008),
  ])
  func refusesThoseOfAnotherShape(type: String, object: String, code: Int) async throws {
    try await RunningStandIn.with { standIn async throws in
      let answer = try await standIn.send(body(type, object))
      #expect(answer.status == 400)
      #expect(try answer.json["error"]?["code"]?.int == Int64(code))
      #expect(try await standIn.sent()["last"]?.int == 0)
    }
  }

  @Test func tellsDifferentObjectsWithTheSameDataApart() async throws {
    try await RunningStandIn.with { standIn async throws in
      for link in ["1", "2"] {
        _ = try await standIn.send(
          body("image", #"{"link":"https://a.example/\#(link)"}"#, more: #","biz_opaque_callback_data":"d""#)
        )
      }
      let group = try await standIn.sent("?duplicates")["duplicates"]?[0]
      #expect(group?["count"]?.int == 2)
      #expect(group?["distinct_texts"]?.int == 2)
    }
  }
}
