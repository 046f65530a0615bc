import CZlib

/// Compresses what is written to it. The bytes depend on the content only: no time and no name are in the header.
final class GzipStream {
  // zlib keeps the address of its state.
  private let state = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
  private var buffer = [UInt8](repeating: 0, count: 1 << 16)

  init() throws(FileFailure) {
    state.initialize(to: z_stream())
    // A window of 2¹⁵ bytes; 16 more asks for gzip's header instead of zlib's. Memory level 8 is zlib's default.
    let status = deflateInit2_(
      state, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK else { throw FileFailure(reason: "zlib does not start (\(status))") }
  }

  deinit {
    deflateEnd(state)
    state.deallocate()
  }

  func write(
    _ bytes: UnsafeRawBufferPointer, to sink: (UnsafeRawBufferPointer) throws(FileFailure) -> Void
  ) throws(FileFailure) {
    try deflate(bytes, Z_NO_FLUSH, to: sink)
  }

  /// Writes what is left. Call it once, at the end.
  func finish(to sink: (UnsafeRawBufferPointer) throws(FileFailure) -> Void) throws(FileFailure) {
    try deflate(UnsafeRawBufferPointer(start: nil, count: 0), Z_FINISH, to: sink)
  }

  private func deflate(
    _ bytes: UnsafeRawBufferPointer, _ flush: Int32,
    to sink: (UnsafeRawBufferPointer) throws(FileFailure) -> Void
  ) throws(FileFailure) {
    state.pointee.next_in = UnsafeMutablePointer(
      mutating: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
    state.pointee.avail_in = UInt32(bytes.count)
    var failure: FileFailure?
    buffer.withUnsafeMutableBufferPointer { room in
      repeat {
        state.pointee.next_out = room.baseAddress
        state.pointee.avail_out = UInt32(room.count)
        guard CZlib.deflate(state, flush) != Z_STREAM_ERROR else {
          failure = FileFailure(reason: "zlib cannot compress")
          return
        }
        let made = room.count - Int(state.pointee.avail_out)
        do throws(FileFailure) {
          try sink(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(room)[..<made]))
        } catch {
          failure = error
        }
      } while state.pointee.avail_out == 0 && failure == nil
    }
    if let failure { throw failure }
  }
}
