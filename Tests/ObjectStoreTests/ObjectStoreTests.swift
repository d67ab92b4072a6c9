import Foundation
import HTTPClient
import ObjectStore
import TestServers
import Testing

struct ObjectStoreTests {
  /// What every store does.
  private func check(_ store: any ObjectStore) async throws {
    let names = [
      "log/conversations/3/00-10.lz4", "log/conversations/3/10-20.lz4", "log/layout.txt",
      "erasures/a_b=c.json",
    ]
    for (number, name) in names.enumerated() {
      #expect(try await store.get(name) == nil)
      try await store.put([UInt8](repeating: UInt8(number), count: number * 700_000), at: name)
      // Again, with the same bytes.
      try await store.put([UInt8](repeating: UInt8(number), count: number * 700_000), at: name)
    }
    for (number, name) in names.enumerated() {
      #expect(try await store.get(name) == [UInt8](repeating: UInt8(number), count: number * 700_000))
    }
    #expect(try await store.list("") == names.sorted())
    #expect(try await store.list("log/") == names.prefix(3).sorted())
    #expect(try await store.list("log/conversations/3/0") == [names[0]])
    #expect(try await store.list("other/").isEmpty)
    try await store.remove(names[0])
    try await store.remove(names[0])
    #expect(try await store.get(names[0]) == nil)
    #expect(try await store.list("log/") == names[1...2].sorted())
    for bad in [
      "", "/a", "a//b", "../a", "a/..", "a b", "a?b", "ä", "a%2Fb", String(repeating: "x", count: 600),
    ] {
      await #expect(throws: ObjectStoreError.self) { try await store.put([1], at: bad) }
      await #expect(throws: ObjectStoreError.self) { try await store.remove(bad) }
    }
  }

  @Test func aStoreInMemory() async throws { try await check(MemoryStore()) }

  @Test func aFolder() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "aigentable-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try await check(FolderStore(folder))
  }

  private func place(
    _ server: S3Server, prefix: String = "", bucket: String = "archive", secret: String? = nil
  )
    -> S3Store.Place
  {
    S3Store.Place(
      endpoint: server.endpoint, bucket: bucket, prefix: prefix,
      signature: AWSSignature(
        accessKey: server.accessKey, secretKey: secret ?? server.secretKey, region: "us-east-1", service: "s3"
      ))
  }

  @Test func aBucketOfAServiceThatChecksSignatures() async throws {
    let (server, client) = (try S3Server(), HTTPClient())
    // Pages of two names, so that there are some.
    try await check(S3Store(client: client, place: place(server), pageSize: 2))
    let shop = try S3Store(client: client, place: place(server, prefix: "shop=1/2026/"), pageSize: 2)
    try await shop.put([7], at: "log/x")
    #expect(try await shop.list("") == ["log/x"])
    let whole = try S3Store(client: client, place: place(server))
    #expect(try await whole.list("shop").contains("shop=1/2026/log/x"))
    #expect(try await whole.get("shop=1/2026/log/x") == [7])

    let wrong = try S3Store(client: client, place: place(server, secret: "wrong"))
    await #expect { _ = try await wrong.get("shop=1/2026/log/x") } throws: {
      "\($0)"
        == "object store: cannot get 'shop=1/2026/log/x': the service answered 403 SignatureDoesNotMatch"
    }
    await #expect(throws: ObjectStoreError.self) { try await wrong.put([1], at: "log/y") }
    await #expect(throws: ObjectStoreError.self) { _ = try await wrong.list("") }
    // Not to be taken for an object that is missing.
    let none = try S3Store(client: client, place: place(server, bucket: "none"))
    await #expect(throws: ObjectStoreError.self) { _ = try await none.get("log/x") }
  }

  @Test func whatFailsForAWhileIsTriedAgain() async throws {
    let (server, calls) = (
      try SocketServer { connection, _ in
        var answers = ["503 Slow Down", "500 Internal Server Error", "200 OK"]
        while connection.readRequest() != nil { connection.respond(answers.removeFirst(), "yes") }
      }, HTTPClient()
    )
    let store = try S3Store(
      client: calls,
      place: S3Store.Place(
        endpoint: server.url, bucket: "archive", prefix: "",
        signature: AWSSignature(accessKey: "a", secretKey: "s", region: "eu-1", service: "s3")))
    #expect(try await store.get("x") == Array("yes".utf8))
  }
}
