import API
import Channels
import Contracts
import Crypto
import Foundation
import HTTPClient
import Keyring
import Knowledge
import Postgres
import TestKit
import Testing

@testable import Pipeline

/// Files that a provider fetches while they are sent.
struct FileLinkTests {
  /// What is sent on a conversation, in the store as it is when it is sent.
  private func file(
    _ bytes: [UInt8], of conversation: TestConversation, in api: TestAPI
  ) async throws -> OutgoingFile {
    try await api.database.pool.withTransaction { [keyring = api.keyring] transaction in
      let id = KeyID(conversation.contact.uuid)
      let key = try #require(try keyring.keys([id], on: transaction.connection)[id])
      let sealed = try JWE.seal(bytes, with: key)
      let hash = Array(SHA256.hash(data: sealed))
      try BlobStore.put(sealed, hash: hash, in: transaction)
      return OutgoingFile(kind: .image, mediaType: "image/png", name: "a.png", blob: hash, key: key)
    }
  }

  private func path(_ link: String) throws -> String {
    try #require(link.firstRange(of: "https://engine.example").map { String(link[$0.upperBound...]) })
  }

  @Test func whoHasTheLinkHasTheFileForAnHour() async throws {
    let links = try #require(FileLinks(publicURL: "https://engine.example/"))
    try await TestAPI.with { api in
      let talk = try await api.open(.whatsapp, address: "ada")
      let bytes = Array(UInt8.min...UInt8.max)
      let file = try await file(bytes, of: talk, in: api)
      let path = try path(links.url(of: file, at: Date()))
      let response = try await api.client.send(HTTPRequest(url: api.url + path))
      #expect(response.status == 200 && response.body == bytes)
      #expect(response.headers["Content-Type"] == "image/png")
      #expect(response.headers["X-Content-Type-Options"] == "nosniff")
      #expect(response.headers["Content-Disposition"] == "attachment")
      let late = try self.path(links.url(of: file, at: Date(timeIntervalSinceNow: -FileLink.lifetime - 1)))
      #expect(try await api.call("GET", late).status == 404)
    }
  }

  @Test func whatWasForgedOrIsOfAnErasedPersonIsUnknown() async throws {
    let links = try #require(FileLinks(publicURL: "https://engine.example"))
    try await TestAPI.with { api in
      let (ada, bob) = (
        try await api.open(.whatsapp, address: "ada"), try await api.open(.whatsapp, address: "bob")
      )
      let of = (ada: try await file([1], of: ada, in: api), bob: try await file([2], of: bob, in: api))
      let path = try path(links.url(of: of.ada, at: Date()))
      let parts = path.split(separator: "~", omittingEmptySubsequences: false).map(String.init)
      func changed(_ number: Int, _ part: String) -> String {
        var parts = parts
        parts[number] = part
        return parts.joined(separator: "~")
      }
      // Bob's file with a signature of Ada's key: who may read the one may not name the other.
      let crossed = OutgoingFile(
        kind: .image, mediaType: "image/png", name: nil, blob: of.bob.blob, key: of.ada.key)
      let forged = [
        changed(1, hexadecimal(of.bob.blob)), changed(2, "9999999999"), changed(3, "dGV4dC9odG1s"),
        changed(4, ""), changed(4, String(repeating: "0", count: 64)), changed(0, "/files/\(UUID())"),
        changed(0, "/files/\(bob.contact)"), try self.path(links.url(of: crossed, at: Date())),
        "/files/x", "/files/~~~~", path + "~", "/files/" + String(repeating: "~", count: 2_000),
      ]
      for path in forged { #expect(try await api.call("GET", path).status == 404, "\(path)") }
      #expect(try await api.call("GET", path).status == 200)
      try await api.database.pool.withTransaction { transaction in
        _ = try transaction.execute("delete from keyring.key where id = $1", [.uuid(ada.contact.uuid)])
      }
      api.keyring.bury(KeyID(ada.contact.uuid))
      #expect(try await api.call("GET", path).status == 404)
    }
  }

  @Test func whereProvidersCannotCallThereAreNoLinks() {
    #expect(FileLinks(publicURL: "http://127.0.0.1:8080") == nil)
  }
}
