/// MurmurHash2, 32 bits, with the seed of Kafka's default partitioner
/// (org.apache.kafka.common.utils.Utils.murmur2). No listed package has it.
package func murmur2(_ data: [UInt8]) -> UInt32 {
  let m: UInt32 = 0x5bd1_e995
  var h = 0x9747_b28c ^ UInt32(truncatingIfNeeded: data.count)
  var i = 0
  while i + 4 <= data.count {
    var k =
      UInt32(data[i]) | UInt32(data[i + 1]) << 8 | UInt32(data[i + 2]) << 16 | UInt32(data[i + 3]) << 24
    k = k &* m
    k ^= k >> 24
    k = k &* m
    h = (h &* m) ^ k
    i += 4
  }
  if i < data.count {
    for (shift, byte) in data[i...].enumerated() { h ^= UInt32(byte) << UInt32(8 * shift) }
    h = h &* m
  }
  h ^= h >> 13
  h = h &* m
  h ^= h >> 15
  return h
}
