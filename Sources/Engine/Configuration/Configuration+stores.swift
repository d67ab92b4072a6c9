import Foundation
import HTTPClient
import ObjectStore

extension Configuration {
  /// Where erasures are listed outside of the database: by default in the folder of the master key, and always in the
  /// archive, which must be enough to rebuild everything.
  func erasures() throws -> [any ObjectStore] {
    let named =
      try value("AIGENTABLE_ERASURES").map(store) ?? FolderStore(masterKeyFile.deletingLastPathComponent())
    return try [named] + (archive().map { [$0] } ?? [])
  }

  /// Where old records of the embedded log are; nil where they stay in the database.
  func archive() throws -> (any ObjectStore)? { try value("AIGENTABLE_ARCHIVE").map(store) }

  /// A folder, or `s3://bucket/prefix`.
  private func store(_ place: String) throws -> any ObjectStore {
    guard place.contains("://") else { return FolderStore(URL(fileURLWithPath: place)) }
    guard place.hasPrefix("s3://") else {
      throw ConfigurationError("'\(place)' is neither a folder nor s3://bucket/prefix")
    }
    let parts = place.dropFirst("s3://".count).split(separator: "/", maxSplits: 1).map(String.init)
    guard let bucket = parts.first else { throw ConfigurationError("'\(place)' names no bucket") }
    guard let accessKey = value("AIGENTABLE_S3_ACCESS_KEY"), let secretKey = value("AIGENTABLE_S3_SECRET_KEY")
    else {
      throw ConfigurationError("\(place) needs AIGENTABLE_S3_ACCESS_KEY and AIGENTABLE_S3_SECRET_KEY")
    }
    let region = value("AIGENTABLE_S3_REGION") ?? "us-east-1"
    return try S3Store(
      client: HTTPClient(),
      place: S3Store.Place(
        endpoint: value("AIGENTABLE_S3_URL") ?? "https://s3.\(region).amazonaws.com", bucket: bucket,
        prefix: parts.count > 1 ? parts[1] : "",
        signature: AWSSignature(accessKey: accessKey, secretKey: secretKey, region: region, service: "s3"),
        sessionToken: value("AIGENTABLE_S3_SESSION_TOKEN")))
  }
}
