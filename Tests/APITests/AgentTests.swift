import Contracts
import Foundation
import JSON
import Models
import Pipeline
import Postgres
import TestKit
import Testing

@testable import API

struct AgentTests {
  @Test func aDraftAnswersNothingUntilItIsPublishedAndAWayBackIsANewVersion() async throws {
    try await TestAPI.with(projections: ["agents"]) { api in
      let made = try await api.v1("POST", "/agents", #"{"name":"Mia","instructions":"One.","draft":true}"#)
      #expect(made.status == 201 && made.json?["version"] == nil)
      let id = try #require(made.json?["id"]?.string)
      let first = try await api.v1("GET", "/agents/\(id)").json
      #expect(first?["state"]?.string == "draft" && first?["draft"]?["instructions"]?.string == "One.")
      #expect(try await api.v1("POST", "/agents/\(id)/publish").json?["version"]?.int == 1)
      #expect(try await api.v1("POST", "/agents/\(id)/publish").status == 409)
      let changed = #"{"instructions":"Two.","texts":{"handover":"Wait."},"name":"Mia II"}"#
      #expect(try await api.v1("PUT", "/agents/\(id)/draft", changed).status == 200)
      try await until("version 1 is there") {
        try await api.v1("GET", "/agents/\(id)/versions/1").status == 200
      }
      let difference = try await api.v1("GET", "/agents/\(id)/diff?from=1").json?["changes"]?.array
      #expect(difference?.map { $0["path"]?.string } == ["$.instructions", "$.texts"])
      #expect(difference?.first?["to"]?.string == "Two.")
      #expect(try await api.v1("POST", "/agents/\(id)/publish").json?["version"]?.int == 2)
      let back = try await api.v1("POST", "/agents/\(id)/rollback", #"{"version":1}"#)
      #expect(back.status == 201 && back.json?["version"]?.int == 3)
      #expect(try await api.v1("POST", "/agents/\(id)/rollback", #"{"version":3}"#).status == 409)
      #expect(try await api.v1("POST", "/agents/\(id)/rollback", #"{"version":9}"#).status == 404)
      try await until("three versions are listed") {
        let items = try await api.v1("GET", "/agents/\(id)/versions").json?["items"]?.array
        return items?.count == 3 && items?[0]["restores"]?.int == 1
      }
      #expect(
        try await api.v1("GET", "/agents/\(id)/diff?from=1&to=3").json?["changes"]?.array?.isEmpty == true)
      #expect(try await api.v1("DELETE", "/agents/\(id)").status == 204)
      #expect(try await api.v1("DELETE", "/agents/\(id)").status == 404)
      let other = try await api.provisionAnother()
      #expect(
        try await api.call("GET", "/v1/agents/\(id)", bearer: other.apiKey).status == 404,
        "another tenant's agent")
    }
  }

  @Test func filtersThatNoDocumentPassesAreSaidWhenTheAgentIsSaved() async throws {
    try await TestAPI.with(projections: ["agents", "knowledge"]) { api in
      let document =
        #"{"title":"Rules","text":"Thirty days.","media_type":"text/plain","knowledge_base":"shop","tags":["de"]}"#
      #expect(try await api.v1("POST", "/documents", document).status == 202)
      try await until("the document is listed") {
        let item = try await api.v1("GET", "/documents").json?["items"]?[0]
        return item?["knowledge_base"]?.string == "shop" && item?["tags"]?[0]?.string == "de"
      }
      func warnings(_ filters: String) async throws -> [String]? {
        let made = try await api.v1("POST", "/agents", #"{"name":"A","instructions":"x"\#(filters)}"#)
        #expect(made.status == 201, "\(made.text)")
        return made.json?["warnings"]?.array?.compactMap(\.string)
      }
      let nothing = "no document passes the agent's filters: it finds nothing yet"
      #expect(try await warnings("") == nil)
      #expect(
        try await warnings(#","knowledge_bases":["shop"],"tags":["de","fr"]"#) == [
          "$.tags: no document has fr"
        ])
      #expect(
        try await warnings(#","knowledge_bases":["shpo"]"#)
          == ["$.knowledge_bases: no document has shpo", nothing])
      #expect(try await warnings(#","knowledge_bases":[]"#) == [nothing])
      let id = try #require(try await api.v1("GET", "/documents").json?["items"]?[0]?["id"]?.string)
      let unknown = UUID().uuidString.lowercased()
      #expect(try await warnings(#","documents":["\#(id)"]"#) == nil)
      #expect(
        try await warnings(#","documents":["\#(unknown)"]"#)
          == ["$.documents: there is no document \(unknown)", nothing])
      #expect(
        try await api.v1("POST", "/agents", #"{"name":"A","instructions":"x","documents":["x"]}"#).status
          == 422
      )
      #expect(
        try await api.v1("POST", "/agents", #"{"name":"A","instructions":"x","tags":[""]}"#).status == 422)
    }
  }

  @Test func anAgentThatNamesNoRulesHasTheStandardOnesAndMayHaveNone() async throws {
    try await TestAPI.with { api in
      func definition(_ members: String) async throws -> JSONValue? {
        let made = try await api.v1("POST", "/agents", #"{"name":"A","instructions":"x"\#(members)}"#)
        let id = try #require(made.json?["id"]?.string, "\(made.text)")
        return try await api.v1("GET", "/agents/\(id)").json?["definition"]
      }
      let standard = try await definition("")
      #expect(
        standard?["escalation"]?.array?.compactMap { $0["name"]?.string }
          == ["asks for a person", "angry twice", "low confidence", "no answer", "no model"])
      #expect(standard?["grounding"]?.string == "supported")
      let own = try await definition(#","escalation":[],"grounding":"free""#)
      #expect(own?["escalation"]?.array?.isEmpty == true && own?["grounding"]?.string == "free")
    }
  }

  @Test func aVersionFromBeforeThereWereDefaultsKeepsWhatItHas() throws {
    let input = try JSON.decode(AgentInput.self, from: Array(#"{"instructions":"x"}"#.utf8))
    let old = AgentDefinition(instructions: "y", fallback: "?")
    let kept = try input.definition(after: old)
    #expect(kept.grounding == nil && kept.escalation == nil)
    #expect(kept.fallback == "I do not know.")
    let new = try input.definition()
    #expect(new.fallback == "I do not know. A person will get back to you.")
    #expect(new.grounding == "supported" && new.escalation == EscalationRule.standard)
    let later = try input.definition(
      after: AgentDefinition(instructions: "y", fallback: "?", escalation: [], grounding: "free"))
    #expect(later.grounding == "supported" && later.escalation == EscalationRule.standard)
    let named = try JSON.decode(
      AgentInput.self, from: Array(#"{"instructions":"x","grounding":"cited","escalation":[]}"#.utf8)
    ).definition(after: old)
    #expect(named.grounding == "cited" && named.escalation == [])
    // Nobody comes, so nobody is announced.
    #expect(named.fallback == "I do not know.")
  }

  /// What was published before `answer_language` had to be a tag can be read and sent back.
  @Test func theLanguageOfAVersionOfBeforeIsTakenAgain() throws {
    func language(_ language: String, after known: String?) throws -> String? {
      let body = #"{"instructions":"x","answer_language":"\#(language)"}"#
      return try JSON.decode(AgentInput.self, from: Array(body.utf8))
        .definition(after: AgentDefinition(instructions: "x", fallback: "?", answerLanguage: known))
        .answerLanguage
    }
    #expect(try language("German", after: "German") == "German")
    #expect(throws: Problem.self) { try language("French", after: "German") }
    #expect(throws: Problem.self) { try language("German", after: nil) }
    for tag in ["zh-yue", "de-AT-1996", "sr-Latn-RS"] {
      #expect(try language(tag, after: "German") == tag)
    }
    #expect(throws: Problem.self) { try language("de-x", after: "German") }
  }

  /// Also where a name is the same in both languages.
  @Test func onlyWhatNoTranslationSaysIsUntranslated() {
    func untranslated(_ translations: [String: AgentTranslation]) -> [String]? {
      AgentDefinition(
        instructions: "x", fallback: "OK", greeting: "Hallo!", texts: AgentTexts(failure: "Sorry."),
        translations: translations,
        escalation: [EscalationRule(name: "a", asksForPerson: true, text: "One moment.")]
      ).untranslated
    }
    let whole = AgentTranslation(
      fallback: "OK", greeting: "Hallo!", texts: AgentTexts(failure: "Sorry."),
      escalation: ["a": "One moment."])
    #expect(untranslated(["de": whole]) == nil)
    #expect(untranslated(["de": whole, "de-AT": AgentTranslation(greeting: "Servus!")]) == nil)
    #expect(
      untranslated(["fr": whole, "de-AT": AgentTranslation(greeting: "Servus!")])
        == ["$.translations.de-AT leaves to the agent's own words: escalation.a, fallback, texts.failure"])
  }

  /// The fallback that agents have by default announces a person; outside of hours nobody is told.
  @Test func anAgentThatIsSilentWhileClosedPromisesNobody() throws {
    func texts(_ members: String, after known: AgentDefinition? = nil) throws -> AgentTexts? {
      let body = #"{"instructions":"x"\#(members)}"#
      return try JSON.decode(AgentInput.self, from: Array(body.utf8)).definition(after: known).texts
    }
    func hours(_ more: String) -> String { #","hours":{"time_zone":"UTC","open":[]\#(more)}"# }
    let silent = hours(#","answers_outside":false"#)
    let closed = "We are closed at present. Please write again when we are open."
    #expect(try texts(silent) == AgentTexts(outsideHours: closed))
    #expect(
      try texts(silent + #","texts":{"handover":"One moment.","failure":"Sorry."}"#)
        == AgentTexts(handover: "One moment.", outsideHours: closed, failure: "Sorry."))
    // Also where the fallback of before is sent back as it was read.
    let read = #","fallback":"I do not know. A person will get back to you.""#
    #expect(try texts(silent + read)?.outsideHours == closed)
    // Its own words are said.
    #expect(
      try texts(silent + #","texts":{"outside_hours":"Back at nine."}"#)
        == AgentTexts(outsideHours: "Back at nine."))
    #expect(try texts(silent + #","fallback":"Back at nine.""#) == nil)
    // It answers while nobody is there.
    for members in ["", hours(""), hours(#","answers_outside":true"#)] { #expect(try texts(members) == nil) }

    let times = BusinessHours(timeZone: "UTC", open: [], answersOutside: false)
    let old = AgentDefinition(instructions: "y", fallback: "?", hours: times)
    #expect(try texts(silent, after: old) == nil)
    let others = [
      AgentDefinition(instructions: "y", fallback: "?"),
      AgentDefinition(
        instructions: "y", fallback: "?", texts: AgentTexts(outsideHours: "Back at nine."), hours: times),
    ]
    for known in others { #expect(try texts(silent, after: known)?.outsideHours == closed) }
  }

  @Test func secretsAreSealedAndNeverReadBack() async throws {
    let hosts = ToolHosts("shop.example")
    try await TestAPI.with(toolHosts: hosts) { api in
      let body = """
        {"name":"T","instructions":"x","secrets":[{"name":"shop","value":"s3cret-token"}],"tools":[{"name":"order",
        "kind":"order","url":"https://shop.example/{order}","headers":[{"name":"X-Key","value":"{secret.shop}"}]}]}
        """
      let made = try await api.v1("POST", "/agents", body)
      #expect(made.status == 201, "\(made.text)")
      let id = try #require(made.json?["id"]?.string)
      let read = try await api.v1("GET", "/agents/\(id)")
      #expect(read.json?["secrets"]?[0]?.string == "shop" && !read.text.contains("s3cret"))
      let records = try await api.database.pool.withConnection { connection in
        try connection.execute(
          "select count(*) from log.record where position('s3cret' in encode(value, 'escape')) > 0")[0].int8(
            0)
      }
      #expect(records == 0)
    }
  }

  @Test func whatCouldNotBeActedOnIsRefused() async throws {
    let members: [String] = [
      #""hours":{"time_zone":"Mars/Base","open":[]}"#,
      #""hours":{"time_zone":"UTC","open":[{"day":8,"from":"09:00","to":"10:00"}]}"#,
      #""hours":{"time_zone":"UTC","open":[{"day":1,"from":"10:00","to":"09:00"}]}"#,
      #""hours":{"time_zone":"UTC","open":[],"closed_on":["tomorrow"]}"#, #""escalation":[{"name":"none"}]"#,
      #""escalation":[{"name":"a","label":"x"},{"name":"a","label":"y"}]"#, #""grounding":"maybe""#,
      #""tools":[{"name":"a b","kind":"close"}]"#, #""tools":[{"name":"a","kind":"shell"}]"#,
      #""tools":[{"name":"a","kind":"http"}]"#,
      #""tools":[{"name":"a","kind":"http","url":"https://evil.example/"}]"#,
      #""tools":[{"name":"a","kind":"http","url":"http://shop.example/"}]"#,
      #""tools":[{"name":"a","kind":"order","url":"https://{order}.shop.example/"}]"#,
      #""tools":[{"name":"a","kind":"http","url":"https://shop.example/{id}"}]"#,
      #""tools":[{"name":"a","kind":"close","parameters":"{\"type\":\"object\",\"$ref\":\"x\"}"}]"#,
      #""tools":[{"name":"a","kind":"http","url":"https://shop.example/","headers":[{"name":"X","value":"{secret.no}"}]}]"#,
      #""tools":[{"name":"a","kind":"http","url":"https://shop.example/","headers":[{"name":"Host","value":"x"}]}]"#,
      #""limits":{"tool_calls":21}"#, #""cache_minutes":-1"#, #""greeting":" ""#,
      #""answer_language":"German""#,
    ]
    try await TestAPI.with(toolHosts: ToolHosts("shop.example, *.shop.example")) { api in
      let before = try await api.count(.agents)
      for member in members {
        let answer = try await api.v1("POST", "/agents", #"{"name":"x","instructions":"x",\#(member)}"#)
        #expect(answer.status == 422 && answer.problem == "invalid-content", "\(member): \(answer.text)")
      }
      #expect(try await api.count(.agents) == before)
    }
  }

  @Test func aTranslationThatCouldNotBeSaidIsRefusedByItsPath() async throws {
    let refused: [(String, String)] = [
      (#"{"german":{}}"#, "$.translations: german is no language tag (BCP 47), as de, pt-BR and zh-Hant are"),
      (#"{"xx":{}}"#, "$.translations: xx is no"), (#"{"de_AT":{}}"#, "$.translations: de_AT is no"),
      (#"{"deu":{}}"#, "$.translations: deu is no"), (#"{"":{}}"#, "$.translations:  is no"),
      (#"{"de":{},"DE":{}}"#, "$.translations has de twice"),
      (#"{"no":{},"nb":{}}"#, "$.translations has nb and no, which are one language here"),
      (#"{"zh-TW":{},"zh-Hant-TW":{}}"#, "$.translations has zh-Hant-TW and zh-TW, which are one language"),
      (
        #"{"de":{"farewell":"Tschüs"}}"#,
        "$.translations.de.farewell: there is no such text; there are escalation, fallback, greeting, texts"
      ),
      (
        #"{"de-AT":{"texts":{"handovr":"Moment."}}}"#,
        "$.translations.de-AT.texts.handovr: there is no such text; there are failure, handover, outside_hours"
      ),
      (#"{"de":{"fallback":7}}"#, "$.translations.de.fallback: "), (#"{"de":[]}"#, "$.translations.de: "),
      (#"{"de":{"texts":{"failure":" "}}}"#, "$.translations.de.texts.failure is empty"),
      (
        #"{"de":{"greeting":"\#(String(repeating: "x", count: 10_001))"}}"#,
        "$.translations.de.greeting has more than 10000 characters"
      ),
      (
        #"{"de":{"escalation":{"nobody":"Hm"}}}"#,
        "$.translations.de.escalation.nobody: the agent has no rule of that name"
      ),
    ]
    try await TestAPI.with { api in
      let before = try await api.count(.agents)
      for (translations, why) in refused {
        let answer = try await api.v1(
          "POST", "/agents", #"{"name":"x","instructions":"x","translations":\#(translations)}"#)
        #expect(answer.status == 422 && answer.problem == "invalid-content", "\(answer.text)")
        #expect(answer.json?["detail"]?.string?.hasPrefix(why) == true, "\(answer.text)")
      }
      #expect(try await api.count(.agents) == before)
    }
  }

  @Test func anAgentsTextsInOtherLanguagesAreKeptComparedAndTried() async throws {
    try await TestAPI.with(projections: ["agents", "knowledge"]) { api in
      func body(_ greeting: String) -> String {
        #"""
        {"name":"Mia","instructions":"x","fallback":"No idea.","greeting":"Hello!","escalation":[],
        "translations":{"de":{"fallback":"Keine Ahnung.","greeting":"\#(greeting)"},
        "fr":{"fallback":"Aucune idée."}}}
        """#
      }
      let made = try await api.v1("POST", "/agents", body("Hallo!"))
      #expect(made.status == 201, "\(made.text)")
      #expect(
        made.json?["warnings"]?.array?.map(\.string)
          == ["$.translations.fr leaves to the agent's own words: greeting"])
      let id = try #require(made.json?["id"]?.string)
      #expect(
        try await api.v1("GET", "/agents/\(id)").json?["definition"]?["translations"]?["de"]?["greeting"]?
          .string == "Hallo!")
      #expect(try await api.v1("POST", "/agents/\(id)/versions", body("Moin!")).json?["version"]?.int == 2)
      try await until("both versions are there") {
        try await api.v1("GET", "/agents/\(id)/versions/2").status == 200
      }
      let changes = try await api.v1("GET", "/agents/\(id)/diff?from=1&to=2").json?["changes"]?.array
      #expect(changes?.map { $0["path"]?.string } == ["$.translations.de.greeting"])
      #expect(changes?.first?["from"]?.string == "Hallo!" && changes?.first?["to"]?.string == "Moin!")

      let path = "/agents/\(id)/try"
      for (question, answer) in [
        ("Wo ist meine Bestellung?", "Keine Ahnung."), ("Où est ma commande ?", "Aucune idée."),
        ("Where is my order?", "No idea."), ("¿Dónde está mi pedido?", "No idea."),
      ] {
        #expect(try await api.v1("POST", path, #"{"text":"\#(question)"}"#).json?["text"]?.string == answer)
      }
    }
  }

  @Test func aTrialAnswersAndLeavesNothingBehind() async throws {
    let model = ScriptedChatModel(pieces: ["Within 30 days [1], gratis [7]."])
    let models = ModelCatalogue(
      models: [ConfiguredModel(name: "m", price: ModelPrice(input: 1, output: 2))], currency: "EUR")
    try await TestAPI.with(models: models, chat: model) { api in
      let events = try await events(api)
      let path = "/agents/\(api.tenant.agent)/try"
      let answer = try await api.v1("POST", path, #"{"text":"May I return it?"}"#)
      #expect(answer.status == 200, "\(answer.text)")
      #expect(
        answer.json?["kind"]?.string == "model" && answer.json?["text"]?.string == "Within 30 days, gratis.")
      #expect(answer.json?["citations_removed"]?.int == 2 && answer.json?["currency"]?.string == "EUR")
      #expect(try #require(answer.json?["cost_micros"]?.int) > 0)
      let candidate = """
        {"text":"I want to talk to a person",
        "definition":{"instructions":"New.","escalation":[{"name":"asked","asks_for_person":true}]}}
        """
      let handed = try await api.v1("POST", path, candidate)
      #expect(handed.json?["kind"]?.string == "handover" && handed.json?["handover"]?.string == "asked")
      // Messages are understood as live ones are, those before the question too.
      let angry = "Das ist eine Frechheit! Wo bleibt mein Geld?"
      func upset(_ messages: String) async throws -> JSONValue? {
        try await api.v1(
          "POST", path,
          """
          {"messages":[\(messages){"role":"user","text":"\(angry)"}],"definition":{"instructions":"New.",
          "escalation":[{"name":"angry twice","sentiment":"angry","times":2}]}}
          """
        ).json
      }
      #expect(try await upset("")?["kind"]?.string == "model")
      let before = #"{"role":"user","text":"\#(angry)"},{"role":"assistant","text":"Sorry."},"#
      #expect(try await upset(before)?["rule"]?.string == "angry twice")
      #expect(try await self.events(api) == events)
      for bad in [
        "{}", #"{"text":""}"#, #"{"messages":[]}"#, #"{"messages":[{"role":"assistant","text":"x"}]}"#,
        #"{"messages":[{"role":"system","text":"x"},{"role":"user","text":"x"}]}"#,
      ] {
        #expect(try await api.v1("POST", path, bad).status == 422, "\(bad)")
      }
    }
  }

  @Test func labelsAreSetAsAWhole() async throws {
    try await TestAPI.with(projections: ["conversations"]) { api in
      let unknown = UUID().uuidString.lowercased()
      let nobody = try await api.v1("PUT", "/conversations/\(unknown)/labels", #"{"labels":["vip"]}"#)
      #expect(nobody.status == 404)
      let blank = try await api.v1("PUT", "/conversations/\(unknown)/labels", #"{"labels":[" "]}"#)
      #expect(blank.status == 422)
    }
  }

  private func events(_ api: TestAPI) async throws -> [Int] {
    var counts: [Int] = []
    for topic in Topic.allCases { counts.append(try await api.count(topic)) }
    return counts
  }
}
