import Glibc

/// The one collation of the index: bytes, shorter first where one is the beginning of the other.
///
/// - Returns: below 0, 0 or above 0, as `memcmp` does.
@inline(__always)
func compareBytes(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Int {
    let shared = min(left.count, right.count)
    if shared > 0, let a = left.baseAddress, let b = right.baseAddress {
        let order = memcmp(a, b, shared)
        if order != 0 { return Int(order) }
    }
    return left.count - right.count
}
