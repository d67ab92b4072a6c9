@testable import API
import Contracts
import Foundation
import HTTPClient
import JSON
import Logging
import Pipeline
import Postgres
import Privacy
import TestKit
import Testing

struct ContactTests {
  @Test func aContactIsShownErasedAndGone() async throws {
    try await TestAPI.with(projections: ["conversations", "audit"]) { api in
      let conversation = try await api.open(.whatsapp, address: "15550100", name: "Ada")
      try await api.hear("Hello <there>", quoting: "> as <before>", in: conversation)
      try await api.untilProjected(conversation, messages: 1)
      try await api.notePersons(conversation)
      let talk = try await api.v1("GET", "/conversations/\(conversation.id)")
      #expect(talk.json?["messages"]?[0]?["quoted"]?.string == "> as <before>")
      let shown = try await api.v1("GET", "/contacts/\(conversation.contact)")
      #expect(shown.json?["name"]?.string == "Ada")
      #expect(shown.json?["conversations"]?[0]?["address"]?.string == "15550100")
      let export = try await api.v1("GET", "/contacts/\(conversation.contact)/export")
      #expect(export.json?["conversations"]?[0]?["name"]?.string == "Ada")
      #expect(export.json?["conversations"]?[0]?["messages"]?[0]?["text"]?.string == "Hello <there>")
      #expect(export.json?["conversations"]?[0]?["messages"]?[0]?["quoted"]?.string == "> as <before>")
      let page = try await api.v1("GET", "/contacts/\(conversation.contact)/export?format=html")
      #expect(page.text.contains("Hello &lt;there&gt;") && page.text.contains("15550100"))
      #expect(page.text.contains("&gt; as &lt;before&gt;"))
      #expect(try await api.v1("GET", "/contacts/\(conversation.contact)/export?format=pdf").status == 400)
      #expect(try await api.v1("GET", "/contacts/\(UUID())/export").status == 404)
      let other = try await api.provisionAnother()
      for method in ["GET", "DELETE"] {
        let answer = try await api.call(
          method, "/v1/contacts/\(conversation.contact)", bearer: other.apiKey)
        #expect(answer.status == 404, "\(method)")
        #expect(try await api.v1(method, "/contacts/\(UUID())").status == 404)
        #expect(try await api.v1(method, "/contacts/ada").status == 404)
      }

      let erased = try await api.v1("DELETE", "/contacts/\(conversation.contact)")
      #expect(erased.status == 202 && erased.json?["erased_at"]?.string != nil)
      #expect(erased.json?["finished_at"] == nil)
      #expect(try await api.v1("GET", "/contacts/\(conversation.contact)").problem == "contact-erased")
      let answer = try await api.v1("POST", "/conversations/\(conversation.id)/messages", #"{"text":"Hi"}"#)
      #expect(answer.problem == "contact-erased")

      let eraser = Eraser(pool: api.database.pool, logger: Logger(label: "test"), ripe: .zero)
      try await until("the erasure is finished") {
        try await eraser.work()
        return try await api.v1("DELETE", "/contacts/\(conversation.contact)").json?["finished_at"]?.string
          != nil
      }
      for path in ["/conversations", "/conversations/\(conversation.id)"] {
        let left = try await api.v1("GET", path)
        #expect(left.status == 200)
        for word in ["Hello <there>", "> as <before>", "15550100", "Ada"] {
          #expect(!left.text.contains(word), "\(path)")
        }
      }
      // The projection goes on.
      let next = try await api.open(.whatsapp, address: "15550101", name: "Bea")
      try await api.hear("And I?", in: next)
      try await api.untilProjected(next, messages: 1)
    }
  }

  @Test func aContactIsLabelledAsAWholeUntilErased() async throws {
    try await TestAPI.with(projections: ["conversations", "audit"]) { api in
      let ada = try await api.open(.whatsapp, address: "15550100", name: "Ada")
      try await api.hear("Hello", in: ada)
      try await api.untilProjected(ada, messages: 1)
      try await api.notePersons(ada)
      let path = "/contacts/\(ada.contact)"
      let set = try await api.v1("PUT", "\(path)/labels", #"{"labels":["important","b","important"]}"#)
      #expect(
        set.status == 202 && set.json?["labels"]?.array?.map(\.string) == ["b", "important"], "\(set.text)")
      #expect(try await api.v1("GET", path).json?["labels"]?.array?.map(\.string) == ["b", "important"])
      let many = (0...50).map { #""\#($0)""# }.joined(separator: ",")
      for bad in [#"{"labels":[" "]}"#, #"{"labels":[\#(many)]}"#, #"{"labels":"important"}"#, "{}"] {
        #expect(try await api.v1("PUT", "\(path)/labels", bad).status == 422, "\(bad)")
      }
      let other = try await api.provisionAnother()
      let foreign = try await api.call(
        "PUT", "/v1\(path)/labels", #"{"labels":["important"]}"#, bearer: other.apiKey)
      #expect(foreign.status == 404)
      #expect(try await api.v1("PUT", "/contacts/\(UUID())/labels", #"{"labels":[]}"#).status == 404)
      // Nobody reads them in the log without the contact's key. (What is sealed holds any short word by chance.)
      let clear = try await api.database.pool.withConnection {
        try $0.execute(
          "select count(*) from log.record where position('important' in encode(value, 'escape')) > 0")[0]
          .int8(0)
      }
      #expect(clear == 0)
      try await until("the read model leads to all events") {
        try await api.v1("GET", "\(path)/export").json?["events"]?.array?.count == 3
      }
      let events = try await api.v1("GET", "\(path)/export").json?["events"]?.array ?? []
      let labelled = events.first { $0["type"]?.string == "contact.labelled" }
      #expect(labelled?["private"]?["labels"]?.array?.map(\.string) == ["b", "important"])

      #expect(try await api.v1("DELETE", path).status == 202)
      let late = try await api.v1("PUT", "\(path)/labels", #"{"labels":["important"]}"#)
      #expect(late.status == 410 && late.problem == "contact-erased")
    }
  }

  @Test func aConversationsLabelsAreSealedAndGoWithItsContact() async throws {
    try await TestAPI.with(projections: ["conversations", "audit"]) { api in
      let ada = try await api.open(.whatsapp, address: "15550100", name: "Ada")
      try await api.hear("Hello", in: ada)
      try await api.untilProjected(ada, messages: 1)
      try await api.notePersons(ada)
      let path = "/conversations/\(ada.id)"
      // As it was written before labels were sealed.
      try await api.append(
        ConversationLabelled.self, ada, .init(conversation: ada.id, labels: ["Ada's, as before"]))
      func labels() async throws -> [String?]? {
        try await api.v1("GET", path).json?["labels"]?.array?.map(\.string)
      }
      try await until("labels of before are read") { try await labels() == ["Ada's, as before"] }
      let set = try await api.v1("PUT", "\(path)/labels", #"{"labels":["vip","Ada Lovelace","vip"]}"#)
      #expect(set.status == 202, "\(set.text)")
      #expect(set.json?["labels"]?.array?.map(\.string) == ["Ada Lovelace", "vip"])
      try await until("labels are read") { try await labels() == ["Ada Lovelace", "vip"] }
      let clear = try await api.database.pool.withConnection {
        try $0.execute(
          "select count(*) from log.record where position('Lovelace' in encode(value, 'escape')) > 0")[0]
          .int8(0)
      }
      #expect(clear == 0)
      let many = (0...50).map { #""\#($0)""# }.joined(separator: ",")
      let long = String(repeating: "x", count: 101)
      for (bad, why) in [
        (#"[\#(many)]"#, "$.labels has more than 50 items"),
        (#"["\#(long)"]"#, "$.labels has more than 100 characters"), (#"[" "]"#, "$.labels is empty"),
      ] {
        let answer = try await api.v1("PUT", "\(path)/labels", #"{"labels":\#(bad)}"#)
        #expect(answer.status == 422 && answer.text.contains(why), "\(answer.text)")
      }

      #expect(try await api.v1("DELETE", "/contacts/\(ada.contact)").status == 202)
      let late = try await api.v1("PUT", "\(path)/labels", #"{"labels":["vip"]}"#)
      #expect(late.status == 410 && late.problem == "contact-erased")
      let eraser = Eraser(pool: api.database.pool, logger: Logger(label: "test"), ripe: .zero)
      try await until("the erasure is finished") {
        try await eraser.work()
        return try await api.v1("DELETE", "/contacts/\(ada.contact)").json?["finished_at"]?.string != nil
      }
      #expect(try await labels() == [])
    }
  }

  /// As after an upgrade, until the read model is rebuilt: it would show none of the labels, and lose those that it shows.
  @Test func noLabelsAreSetThatTheLiveReadModelCannotRead() async throws {
    try await TestAPI.with(projections: ["conversations"]) { api in
      let ada = try await api.open(.whatsapp, address: "15550100", name: "Ada")
      try await api.hear("Hello", in: ada)
      try await api.untilProjected(ada, messages: 1)
      func set() async throws -> Answer {
        try await api.v1("PUT", "/conversations/\(ada.id)/labels", #"{"labels":["vip"]}"#)
      }
      func show(version: Int) async throws {
        try await api.database.pool.withConnection {
          try $0.executeScript(
            "update projection.version set version = \(version) where name = 'conversations'")
        }
      }
      try await show(version: 8)
      let early = try await set()
      #expect(early.status == 503 && early.problem == "unavailable" && early.text.contains("rebuilt"))
      try await show(version: 9)
      #expect(try await set().status == 202)
    }
  }

  /// Labels say what somebody is: of a group, whom it was opened with.
  @Test func anExportHoldsNoLabelsOfAnotherPersonOfTheGroup() async throws {
    try await TestAPI.with(projections: ["conversations", "audit"]) { api in
      let ada = try await api.open(.whatsapp, address: "15550100", name: "Ada")
      let bob = TestConversation(
        id: ada.id, tenant: ada.tenant, connection: ada.connection, channel: ada.channel, address: "15550101")
      try await api.hear("Ada's words", in: ada)
      try await api.hear("Bob's words", in: bob)
      try await api.untilProjected(ada, messages: 2)
      for person in [ada, bob] { try await api.notePersons(person) }
      let set = try await api.v1("PUT", "/conversations/\(ada.id)/labels", #"{"labels":["vip"]}"#)
      #expect(set.status == 202, "\(set.text)")
      func export(_ contact: ContactID) async throws -> Answer {
        try await api.v1("GET", "/contacts/\(contact)/export")
      }
      try await until("labels are read") {
        try await export(ada.contact).json?["conversations"]?[0]?["labels"]?[0]?.string == "vip"
      }
      let others = try await export(bob.contact)
      #expect(others.json?["conversations"]?[0]?["messages"]?[0]?["text"]?.string == "Bob's words")
      #expect(!others.text.contains("vip") && !others.text.contains("Ada"), "\(others.text)")
    }
  }

  /// Without it the whole log would be read in its place.
  @Test func anExportWaitsForTheReadModelThatLeadsToTheEvents() async throws {
    try await TestAPI.with(projections: ["conversations"]) { api in
      let ada = try await api.open(.webchat, address: "ada", name: "Ada")
      try await api.hear("Where is it?", in: ada)
      try await api.untilProjected(ada, messages: 1)
      let export = try await api.v1("GET", "/contacts/\(ada.contact)/export")
      #expect(export.status == 503 && export.problem == "unavailable")
    }
  }

  @Test func anExportHoldsWhatOnlyTheLogHas() async throws {
    try await TestAPI.with(projections: ["conversations", "audit"]) { api in
      let (ada, bob) = (
        try await api.open(.webchat, address: "ada", name: "Ada"),
        try await api.open(.webchat, address: "bob", name: "Bob")
      )
      try await api.hear("Where is it?", in: ada)
      try await api.append(
        ContextRetrieved.self, ada,
        .init(
          conversation: ada.id, message: MessageID(UUID()), connection: ada.connection, agent: nil,
          agentVersion: nil, indexVersion: 1, passages: [], milliseconds: 1,
          known: .init(agents: .zero, tenants: .zero)),
        private: .init(query: "the <query>", passages: []))
      try await api.append(
        ConversationSummarised.self, ada,
        .init(
          conversation: ada.id, agent: api.tenant.agent, turns: 1, model: "m", milliseconds: 1, bytes: 11),
        private: .init(text: "the summary"))
      try await api.append(
        MessageComposed.self, ada,
        .init(conversation: ada.id, message: MessageID(UUID()), bytes: 5),
        private: .init(
          text: "Which?", choices: [MessageChoice(title: "The red one", payload: "red", description: nil)]))
      try await api.hear("Bob's words", in: bob)
      try await api.untilProjected(ada, messages: 2)
      try await api.untilProjected(bob, messages: 1)
      for conversation in [ada, bob] { try await api.notePersons(conversation) }

      let path = "/contacts/\(ada.contact)/export"
      try await until("the read model leads to all events") {
        try await api.v1("GET", path).json?["events"]?.array?.count == 5
      }
      let export = try await api.v1("GET", path)
      let events = export.json?["events"]?.array ?? []
      #expect(
        events.map { $0["type"]?.string } == [
          "conversation.opened", "message.received", "context.retrieved", "conversation.summarised",
          "message.composed",
        ])
      #expect(events.dropFirst(2).first?["private"]?["query"]?.string == "the <query>")
      let messages = export.json?["conversations"]?[0]?["messages"]
      #expect(messages?[1]?["choices"]?[0]?["title"]?.string == "The red one")
      #expect(!export.text.contains("Bob"))
      let page = try await api.v1("GET", "/contacts/\(ada.contact)/export?format=html")
      for part in ["the &lt;query&gt;", "the summary", "The red one", "Where is it?"] {
        #expect(page.text.contains(part), "\(part)")
      }
      #expect(!page.text.contains("Bob"))
    }
  }

  @Test func theStreamOfAnErasedVisitorEndsAndTheirHistoryIsNobodys() async throws {
    try await TestAPI.with(projections: ["conversations"]) { api in
      let token = try await api.visitor()
      let conversation = try await api.open(.webchat, address: try api.address(of: token))
      try await api.hear("Hello there", in: conversation)
      try await api.untilProjected(conversation, messages: 1)
      try await api.notePersons(conversation)
      try await api.stream(token) { events in
        #expect(try await events.next().name == "message")
        api.hub.cut(conversation.contact)
        try await events.untilEnd()
      }
      _ = try await api.v1("DELETE", "/contacts/\(conversation.contact)")
      let eraser = Eraser(pool: api.database.pool, logger: Logger(label: "test"), ripe: .zero)
      try await eraser.work()
      let history = try await api.call("GET", "/chat/\(api.tenant.webChat)/messages", bearer: token)
      #expect(history.status == 200 && history.json?["items"]?.array?.isEmpty == true, "\(history.text)")
    }
  }
}

extension TestAPI {
  /// As normalize notes who takes part.
  func notePersons(_ conversation: TestConversation) async throws {
    try await database.pool.withConnection {
      _ = try $0.execute(
        "select stage.note_persons($1, $2, $3, $3)",
        [.uuids([conversation.contact.uuid]), .uuids([conversation.id.uuid]), .uuids([])])
    }
  }
}
