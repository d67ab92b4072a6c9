import Contracts
import Foundation
import JSON
import Knowledge
import Postgres
import TestKit
import Testing

/// Handing documents in, in each of the three ways, and web addresses to fetch them from.
@Suite struct DocumentTests {
  private static let boundary = "----8f2a"

  private func part(_ disposition: String, _ body: String, type: String? = nil) -> String {
    "--\(Self.boundary)\r\nContent-Disposition: form-data; \(disposition)\r\n"
      + (type.map { "Content-Type: \($0)\r\n" } ?? "") + "\r\n\(body)\r\n"
  }

  private func form(_ parts: String...) -> String { parts.joined() + "--\(Self.boundary)--\r\n" }

  private func post(_ api: TestAPI, _ form: String) async throws -> Answer {
    try await api.v1("POST", "/documents", form, type: "multipart/form-data; boundary=\"\(Self.boundary)\"")
  }

  /// What the read model says of it, once it does.
  private func shown(_ api: TestAPI, _ answer: Answer) async throws -> JSONValue {
    #expect(answer.status == 202, "\(answer.text)")
    let id = try #require(answer.json?["id"]?.string)
    var found: JSONValue?
    try await until("document \(id) is shown") {
      let shown = try await api.v1("GET", "/documents/\(id)")
      found = shown.status == 200 ? shown.json : nil
      return found != nil
    }
    return try #require(found)
  }

  @Test(.timeLimit(.minutes(2)))
  func aDocumentComesAsAFormAsJSONOrAsItIs() async throws {
    try await TestAPI.with(projections: ["knowledge"]) { api in
      // The text holds what looks like a boundary and is none.
      let text = "# Returns\r\n\r\n--\(Self.boundary.dropLast()) is no boundary\r\n"
      let file = part(#"name="file"; filename="returns.md""#, text, type: "application/octet-stream")
      let asForm = try await shown(
        api,
        try await post(
          api,
          form(
            part(#"name="title""#, "Returns é"), file, part("name=tags", "a, b,,c"),
            part(#"name="knowledge_base""#, "shop"), part(#"name="language""#, "german"))))
      #expect(asForm["title"]?.string == "Returns é" && asForm["knowledge_base"]?.string == "shop")
      #expect(asForm["media_type"]?.string == "text/markdown" && asForm["language"]?.string == "german")
      #expect(asForm["tags"]?.array?.compactMap(\.string) == ["a", "b", "c"])
      #expect(asForm["bytes"]?.int == Int64(text.utf8.count))
      #expect(asForm["state"]?.string == "queued")

      // Without a title its file's name is one; a name that says nothing leaves it to the type.
      let named = try await shown(
        api, try await post(api, form(part(#"name="file"; filename="notes""#, "a,b", type: "text/csv; x=y"))))
      #expect(named["title"]?.string == "notes" && named["media_type"]?.string == "text/csv")

      let asJSON = try await shown(
        api, try await api.v1("POST", "/documents", #"{"title":"Hours","text":"Open from 9.","tags":["x"]}"#))
      #expect(asJSON["title"]?.string == "Hours" && asJSON["media_type"]?.string == "text/plain")

      let asItIs = try await shown(
        api,
        try await api.v1(
          "POST", "/documents?title=Page&knowledge_base=shop&tags=y", "<p>Open</p>", type: "text/html"))
      #expect(asItIs["media_type"]?.string == "text/html" && asItIs["knowledge_base"]?.string == "shop")

      let listed = try await api.v1("GET", "/documents?limit=3")
      #expect(listed.json?["items"]?.array?.count == 3)
      let next = try #require(listed.json?["next"]?.string)
      let rest = try await api.v1("GET", "/documents?limit=3&after=\(next)")
      #expect(rest.json?["items"]?.array?.count == 1)

      let id = try #require(asItIs["id"]?.string)
      let document = try #require(DocumentID(id))
      #expect(asItIs["progress"]?.string == "queued")
      try await api.database.pool.withConnection { [tenant = api.tenant.id] in
        _ = try DocumentWork.note(document, of: tenant, .extracting, done: 3, total: 10, on: $0)
      }
      #expect(try await api.v1("GET", "/documents/\(id)").json?["progress"]?.string == "extracting 3 of 10")
      #expect(try await api.v1("POST", "/documents/\(id)/cancel").status == 204)
      #expect(try await api.v1("DELETE", "/documents/\(id)").status == 204)
      try await until("it is gone") { try await api.v1("GET", "/documents/\(id)").status == 404 }
      #expect(try await api.v1("DELETE", "/documents/\(id)").status == 404)
    }
  }

  /// In two chunks of HTTP, the first of which ends within the boundary behind the file.
  @Test(.timeLimit(.minutes(2)))
  func aFormThatIsCutWithinItsBoundaryIsRead() async throws {
    try await TestAPI.with { api in
      let whole = Array(form(part(#"name="file"; filename="a.txt""#, "The text.")).utf8)
      let boundary = try #require(whole.firstRange(of: Array("\r\n--\(Self.boundary)--".utf8)))
      for cut in [boundary.lowerBound + 1, boundary.lowerBound + 6, boundary.upperBound - 1] {
        let connection = try RawConnection(port: api.port)
        connection.send(self.head(api, "Transfer-Encoding: chunked").utf8)
        for piece in [whole[..<cut], whole[cut...]] {
          connection.send(Array("\(String(piece.count, radix: 16))\r\n".utf8) + piece + Array("\r\n".utf8))
        }
        connection.send("0\r\n\r\n".utf8)
        #expect(connection.readAll().hasPrefix("HTTP/1.1 202 "), "cut at \(cut)")
      }
    }
  }

  @Test(.timeLimit(.minutes(2)))
  func whatIsDeclaredTooLargeIsRefusedBeforeItComes() async throws {
    try await TestAPI.with { api in
      let connection = try RawConnection(port: api.port)
      connection.send(self.head(api, "Content-Length: \(DocumentStore.maximumBytes * 2)").utf8)
      let answer = connection.readAll()
      #expect(answer.hasPrefix("HTTP/1.1 413 ") && answer.contains("body-too-large"), "\(answer)")
    }
  }

  /// It says so by coming, and what came of it goes.
  @Test(.timeLimit(.minutes(4)))
  func whatTurnsOutTooLargeIsRefusedAndLeavesNothing() async throws {
    try await TestAPI.with { api in
      let connection = try RawConnection(port: api.port)
      let start = Array(self.form(self.part(#"name="file"; filename="a.txt""#, "")).utf8)
      let end = try #require(start.firstRange(of: Array("\r\n--\(Self.boundary)--".utf8)))
      func send(_ piece: some Collection<UInt8>) -> Bool {
        connection.send(
          Array("\(String(piece.count, radix: 16))\r\n".utf8) + Array(piece) + Array("\r\n".utf8))
      }
      connection.send(self.head(api, "Transfer-Encoding: chunked").utf8)
      #expect(send(start[..<end.lowerBound]))
      let part = [UInt8](repeating: 0x20, count: 1 << 20)
      for _ in 0..<DocumentStore.maximumBytes / part.count { #expect(send(part)) }
      // One byte too many, and the end in the same piece.
      #expect(send([0x20] + start[end.lowerBound...]))
      connection.send("0\r\n\r\n".utf8)
      let answer = connection.readAll()
      #expect(answer.hasPrefix("HTTP/1.1 413 ") && answer.contains("body-too-large"), "\(answer)")
      let left = try await api.database.pool.withConnection {
        try $0.execute(
          """
          select (select count(*) from knowledge.stored) + (select count(*) from knowledge.part)
            + (select count(*) from log.record where type = 'document.uploaded')
          """)[0].int8(0)
      }
      #expect(left == 0)
    }
  }

  private func head(_ api: TestAPI, _ framing: String) -> String {
    """
    POST /v1/documents HTTP/1.1\r
    Host: localhost\r
    Authorization: Bearer \(api.tenant.apiKey)\r
    Content-Type: multipart/form-data; boundary="\(Self.boundary)"\r
    Connection: close\r
    \(framing)\r
    \r

    """
  }

  @Test(.timeLimit(.minutes(2)))
  func whatCannotBeADocumentIsRefusedAndLeavesNothing() async throws {
    try await TestAPI.with { api in
      let file = part(#"name="file"; filename="a.txt""#, "text")
      let whole = form(file)
      let end = try #require(whole.ranges(of: "\r\n--\(Self.boundary)").last)
      for (body, problem) in [
        (String(whole.dropLast(9)), "malformed-request"), ("", "malformed-request"),
        // Cut off right before the boundary that ends it, within it, and right after its name.
        (String(whole[..<end.lowerBound]), "malformed-request"),
        (String(whole[..<end.lowerBound]) + "\r\n--", "malformed-request"),
        (String(whole[..<end.upperBound]), "malformed-request"),
        (form(part(#"name="title""#, "t")), "invalid-content"), (form(file, file), "invalid-content"),
        (form(file, part(#"name="colour""#, "red")), "invalid-content"),
        (form(file, part(#"name="tags""#, String(repeating: "x", count: 10_001))), "invalid-content"),
        (form(part(#"name="file"; filename="a.exe""#, "MZ")), "unsupported-media-type"),
        (form(part(#"name="file"; filename="a.svg""#, "<svg/>")), "unsupported-media-type"),
        (form(part(#"name="file"; filename="a.txt""#, "")), "invalid-content"),
        (form(part(#"filename="a.txt""#, "text")), "malformed-request"),
        (
          "--\(Self.boundary)\r\nContent-Disposition: " + String(repeating: "x", count: 20_000),
          "malformed-request"
        ),
        (form(file, part(#"name="language""#, "klingon")), "invalid-content"),
      ] {
        let answer = try await post(api, body)
        #expect(answer.problem == problem, "\(body.prefix(120)): \(answer.status) \(answer.text)")
      }
      for (query, type, problem) in [
        ("", "text/plain", "invalid-parameter"), ("?title=t", "image/png", "unsupported-media-type"),
        ("?title=t", "image/svg+xml", "unsupported-media-type"),
        ("?title=t", "multipart/form-data", "unsupported-media-type"),
      ] {
        let answer = try await api.v1("POST", "/documents\(query)", "text", type: type)
        #expect(answer.problem == problem, "\(query) \(type): \(answer.text)")
      }
      let other = try await api.v1(
        "POST", "/documents", #"{"title":"t","text":"x","media_type":"text/html"}"#)
      #expect(other.problem == "invalid-content")
      let left = try await api.database.pool.withConnection {
        try $0.execute("select count(*) from log.record where type = 'document.uploaded'")[0].int8(0)
      }
      #expect(left == 0)
    }
  }

  @Test(.timeLimit(.minutes(2)))
  func aSourceIsAddedListedAndRemoved() async throws {
    try await TestAPI.with { api in
      for body in [
        #"{"address":"ftp://shop.example/"}"#, #"{"address":"https://u:p@shop.example/"}"#,
        #"{"address":"https://shop.example/","every_hours":0}"#,
        #"{"address":"https://shop.example/","language":"klingon"}"#,
      ] {
        #expect(try await api.v1("POST", "/sources", body).problem == "invalid-content", "\(body)")
      }
      let added = try await api.v1(
        "POST", "/sources",
        #"{"address":"https://shop.example/sitemap.xml","kind":"sitemap","every_hours":24,"tags":["a"]}"#)
      #expect(added.status == 202, "\(added.text)")
      let id = try #require(added.json?["id"]?.string)
      let item = try await api.v1("GET", "/sources").json?["items"]?.array?.first
      #expect(item?["id"]?.string == id && item?["kind"]?.string == "sitemap")
      #expect(item?["every_hours"]?.int == 24 && item?["pages"]?.int == 0)
      let other = try await api.provisionAnother()
      #expect(try await api.call("DELETE", "/v1/sources/\(id)", bearer: other.apiKey).status == 404)
      #expect(try await api.v1("DELETE", "/sources/\(id)").status == 204)
    }
  }
}
