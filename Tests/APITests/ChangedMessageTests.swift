import Contracts
import Crypto
import Foundation
import HTTPClient
import JSON
import Keyring
import Knowledge
import Postgres
import TestKit
import Testing

struct ChangedMessageTests {
  @Test func whatBecameOfMessagesIsShownAndWhatWasTakenBackIsNot() async throws {
    try await TestAPI.with(projections: ["conversations"]) { api in
      let talk = try await api.open(.whatsapp, address: "ada")
      let first = try await api.hear("one", quoting: "> zero", in: talk)
      let answer = try await api.reply("two", in: talk)
      try await api.deliver(answer, in: talk, parts: ["its first part"])
      let last = try await api.hear("a secret", quoting: "> its secret", in: talk)
      func change(_ hmac: MessageID, _ text: String) async throws {
        try await api.append(
          MessageEdited.self, talk,
          .init(
            message: hmac, conversation: talk.id, contact: talk.contact, connection: talk.connection,
            channel: talk.channel, kind: .text, providerHMAC: hmac.description, providerTime: nil,
            bytes: text.utf8.count),
          private: .init(text: text, quoted: "> \(text) before", providerID: "x"))
      }
      try await change(first, "uno")
      try await change(first, "eins")
      try await change(last, "another secret")
      for (hmac, reaction) in [(answer.description, "👍"), ("its first part", "❤️")] {
        try await api.append(
          MessageReacted.self, talk,
          .init(
            conversation: talk.id, contact: talk.contact, connection: talk.connection, channel: talk.channel,
            providerHMAC: hmac, providerTime: nil, count: 1), private: .init(reactions: [reaction]))
      }
      try await api.append(
        MessageProgress.self, talk,
        .init(
          conversation: talk.id, connection: talk.connection, channel: talk.channel, status: .read,
          until: Date()))
      try await api.append(
        MessageDeleted.self, talk,
        .init(
          conversation: talk.id, contact: talk.contact, connection: talk.connection, channel: talk.channel,
          providerHMAC: last.description, providerTime: nil))
      try await until("the last is deleted") {
        try await api.v1("GET", "/conversations/\(talk.id)").json?["messages"]?[2]?["deleted_at"] != nil
      }
      let shown = try await api.v1("GET", "/conversations/\(talk.id)")
      let messages = try #require(shown.json?["messages"]?.array)
      #expect(messages[0]["text"]?.string == "eins" && messages[0]["quoted"]?.string == "> eins before")
      #expect(messages[0]["edited_at"]?.string != nil)
      #expect(messages[0]["edits"]?.array?.map(\.string) == ["one", "uno"])
      #expect(messages[1]["status"]?.string == "read")
      #expect(Set(messages[1]["reactions"]?.array?.compactMap(\.string) ?? []) == ["👍", "❤️"])
      #expect(messages[1]["edited_at"] == nil && messages[1]["attachments"] == nil)
      #expect(messages[2]["text"] == nil && messages[2]["quoted"] == nil)
      #expect(!shown.text.contains("secret"))
      let list = try await api.v1("GET", "/conversations")
      #expect(!list.text.contains("secret"))
    }
  }

  @Test func ofAnAlbumOneFileIsTakenBackAndTheRestIsShown() async throws {
    try await TestAPI.with(projections: ["conversations"]) { api in
      let talk = try await api.open(.telegram, address: "ada")
      let message = MessageID(UUID.version7())
      let files = ["p1", "p2"].map {
        AttachmentFacts(
          attachment: AttachmentID(UUID()), kind: .image, mediaType: nil, bytes: nil, part: $0)
      }
      func facts(_ files: [AttachmentFacts], _ text: String) -> MessageReceived.Facts {
        .init(
          message: message, conversation: talk.id, contact: talk.contact, connection: talk.connection,
          channel: talk.channel, kind: .attachment, providerHMAC: "p1", providerTime: nil,
          bytes: text.utf8.count, attachments: files, album: "a")
      }
      func delete(_ part: String) async throws {
        try await api.append(
          MessageDeleted.self, talk,
          .init(
            conversation: talk.id, contact: talk.contact, connection: talk.connection, channel: talk.channel,
            providerHMAC: part, providerTime: nil))
      }
      func shown(_ holds: @escaping @Sendable (JSONValue) -> Bool) async throws {
        try await until("it is shown so") {
          let shown = try await api.v1("GET", "/conversations/\(talk.id)")
          guard let message = shown.json?["messages"]?[0], holds(message) else { return false }
          return true
        }
      }
      try await api.append(
        MessageReceived.self, talk, facts(files, "a secret\nto keep"),
        private: .init(text: "a secret\nto keep", providerID: "1"))
      try await delete("p1")
      // Nobody said yet what is left of the captions.
      try await shown { $0["attachments"]?.array?.count == 1 && $0["text"] == nil }
      try await api.append(
        MessageEdited.self, talk, facts([files[1]], "to keep"),
        private: .init(text: "to keep", providerID: "1"))
      try await shown {
        $0["text"]?.string == "to keep" && $0["deleted_at"] == nil && $0["edits"] == nil
          && $0["attachments"]?.array?.count == 1
      }
      #expect(try await !api.v1("GET", "/conversations/\(talk.id)").text.contains("secret"))
      #expect(
        try await api.v1("GET", "/conversations").json?["items"]?[0]?["last_message_text"]?.string
          == "to keep")
      try await delete("p2")
      try await shown { $0["deleted_at"] != nil && $0["text"] == nil && $0["attachments"] == nil }
    }
  }

  @Test func anAttachmentIsReadByItsTenantAlone() async throws {
    try await TestAPI.with(projections: ["conversations"]) { api in
      let talk = try await api.open(.whatsapp, address: "ada")
      let message = MessageID(UUID.version7())
      let (there, gone) = (AttachmentID(UUID()), AttachmentID(UUID()))
      try await api.append(
        MessageReceived.self, talk,
        .init(
          message: message, conversation: talk.id, contact: talk.contact, connection: talk.connection,
          channel: talk.channel, kind: .attachment, providerHMAC: message.description, providerTime: nil,
          bytes: 0,
          attachments: [
            .init(attachment: there, kind: .document, mediaType: nil, bytes: nil),
            .init(attachment: gone, kind: .image, mediaType: nil, bytes: nil),
          ]),
        private: .init(
          text: nil, providerID: "x",
          attachments: [
            .init(attachment: there, file: "f", name: "ä.html"), .init(attachment: gone, file: "g"),
          ]))
      let bytes = (0..<600_000).map { UInt8(truncatingIfNeeded: $0) }
      let blob = try await api.database.pool.withTransaction { [keyring = api.keyring] transaction in
        let id = KeyID(talk.contact.uuid)
        let key = try #require(try keyring.keys([id], on: transaction.connection)[id])
        let sealed = try JWE.seal(bytes, with: key)
        let hash = Array(SHA256.hash(data: sealed))
        try BlobStore.put(sealed, hash: hash, in: transaction)
        return hexadecimal(hash)
      }
      try await api.append(
        AttachmentStored.self, talk,
        .init(
          conversation: talk.id, message: message, attachment: there, kind: .document, mediaType: "text/html",
          bytes: bytes.count, blob: blob), private: .init(name: "ä.html", sha256: "00"))
      try await api.append(
        AttachmentFailed.self, talk,
        .init(
          conversation: talk.id, message: message, attachment: gone, reason: "gone", code: 404, attempts: 1))
      try await until("both have ended") {
        let shown = try await api.v1("GET", "/conversations/\(talk.id)").json
        return shown?["messages"]?[0]?["attachments"]?.array?.map { $0["state"]?.string } == [
          "stored", "failed",
        ]
      }
      let answer = try await api.client.send(
        .init(
          method: "GET", url: api.url + "/v1/attachments/\(there)",
          headers: [("Authorization", "Bearer \(api.tenant.apiKey)")], maximumResponseBytes: 1 << 20))
      #expect(answer.status == 200)
      #expect(answer.body == bytes)
      #expect(answer.headers["Content-Type"] == "text/html")
      #expect(answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''%c3%a4.html")
      #expect(answer.headers["X-Content-Type-Options"] == "nosniff")
      #expect(try await api.v1("GET", "/attachments/\(gone)").status == 404)
      #expect(try await api.v1("GET", "/attachments/\(UUID())").status == 404)
      let other = try await api.provisionAnother()
      #expect(try await api.call("GET", "/v1/attachments/\(there)", bearer: other.apiKey).status == 404)
      #expect(try await api.call("GET", "/v1/attachments/\(there)").status == 401)
    }
  }
}
