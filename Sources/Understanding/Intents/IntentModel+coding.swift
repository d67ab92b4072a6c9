/// A model as bytes: numbers in little endian, strings as their UTF-8, each array behind its length.
extension IntentModel {
  /// Of the form; another form has another number, and the old ones stay readable.
  private static let magic: UInt32 = 0x3149_4741

  package var bytes: [UInt8] {
    var writer = ByteWriter()
    writer.write(Self.magic)
    writer.write(UInt32(intents.count))
    for name in intents { writer.write(Array(name.utf8)) }
    writer.write(UInt32(hasOutside ? 1 : 0))
    writer.write(calibration.sharpness)
    writer.write(calibration.threshold)
    writer.write(UInt32(vocabulary.features.count))
    for feature in vocabulary.features { writer.write(feature) }
    for weight in vocabulary.weights { writer.write(weight) }
    writer.write(UInt32(networks.count))
    for network in networks { network.write(to: &writer) }
    return writer.bytes
  }

  /// - Throws: `IntentModelError` for what is no model: truncated, of another form, or with sizes that do not agree.
  package init(bytes: [UInt8]) throws(IntentModelError) {
    var reader = ByteReader(bytes)
    guard try reader.uint32() == Self.magic else { throw .unknownForm }
    let intents = try reader.count(atMost: 10_000)
    var names: [String] = []
    for _ in 0..<intents { names.append(try reader.string()) }
    let hasOutside = try reader.count(atMost: 1) == 1
    let calibration = Calibration(sharpness: try reader.float(), threshold: try reader.float())
    let count = try reader.count(atMost: Vocabulary.maximumFeatures)
    var features: [UInt64] = []
    features.reserveCapacity(count)
    for _ in 0..<count { features.append(try reader.uint64()) }
    let weights = try reader.floats(count)
    var networks: [Network] = []
    for _ in 0..<(try reader.count(atMost: 16)) {
      networks.append(
        try Network(reading: &reader, features: count, classes: intents + (hasOutside ? 1 : 0)))
    }
    guard reader.isAtEnd, intents >= 2, !networks.isEmpty else { throw .malformed }
    self.init(
      intents: names, hasOutside: hasOutside, vocabulary: Vocabulary(features: features, weights: weights),
      networks: networks, calibration: calibration)
  }
}

extension Network {
  func write(to writer: inout ByteWriter) {
    writer.write(UInt32(hidden))
    for lanes in input { for lane in 0..<16 { writer.bytes.append(UInt8(bitPattern: lanes[lane])) } }
    for scale in inputScales { writer.write(scale) }
    for lanes in [hiddenBias, output, outputBias] {
      for lane in lanes { for index in 0..<Lanes.scalarCount { writer.write(lane[index]) } }
    }
  }

  init(reading reader: inout ByteReader, features: Int, classes: Int) throws(IntentModelError) {
    let hidden = try reader.count(atMost: 1_024)
    guard hidden > 0, hidden % (Lanes.scalarCount * Self.blockLanes) == 0 else { throw .malformed }
    let width = hidden / Lanes.scalarCount
    let classWidth = Self.lanes(for: classes)
    self.init(
      hidden: hidden, classes: classes, input: try reader.byteLanes(features * width),
      inputScales: try reader.floats(features), hiddenBias: try reader.lanes(width),
      output: try reader.lanes(hidden * classWidth), outputBias: try reader.lanes(classWidth))
  }
}

package enum IntentModelError: Error, Equatable {
  case unknownForm
  case malformed
}
