import Contracts
import EventLog
import FoundationEssentials

/// An event as a leaf of its partition's tree, with what names it.
package struct Leaf: Hashable, Sendable {
  package let event: EventID
  /// Where it stood when it was read.
  package let offset: Offset
  package let hash: MerkleHash

  package init(event: EventID, offset: Offset, hash: MerkleHash) {
    self.event = event
    self.offset = offset
    self.hash = hash
  }
}

extension [Leaf] {
  static let placeBytes = 24

  /// From the columns of `audit.block`; nil when they do not fit together.
  init?(places: [UInt8], hashes: [UInt8]) {
    let count = hashes.count / MerkleHash.byteCount
    guard hashes.count == count * MerkleHash.byteCount, places.count == count * Self.placeBytes else {
      return nil
    }
    self = places.withUnsafeBytes { places in
      hashes.withUnsafeBytes { hashes in
        (0..<count).map { index in
          let (place, hash) = (index * Self.placeBytes, index * MerkleHash.byteCount)
          let id = places.loadUnaligned(fromByteOffset: place, as: uuid_t.self)
          let offset = places.loadUnaligned(fromByteOffset: place + 16, as: Int64.self)
          return Leaf(
            event: EventID(UUID(uuid: id)), offset: Offset(Int64(bigEndian: offset)),
            hash: MerkleHash(loading: hashes, from: hash))
        }
      }
    }
  }

  var places: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count * Self.placeBytes)
    for leaf in self {
      Swift.withUnsafeBytes(of: leaf.event.uuid.uuid) { bytes.append(contentsOf: $0) }
      Swift.withUnsafeBytes(of: leaf.offset.rawValue.bigEndian) { bytes.append(contentsOf: $0) }
    }
    return bytes
  }

  var hashes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count * MerkleHash.byteCount)
    for leaf in self { leaf.hash.withUnsafeBytes { bytes.append(contentsOf: $0) } }
    return bytes
  }
}
