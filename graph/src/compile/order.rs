//! The order in which nodes run.

use std::collections::BTreeSet;

/// An order of `count` nodes in which a wire's source comes before its end wherever that can be; the others are
/// heard one grid step late. Ties, and the node at which a loop is opened, go by the order of the Patch: in
/// `a >> b; b >> (a, 0.3)` the wire back to `a` is the late one.
pub fn order(count: usize, edges: &[(usize, usize)]) -> Vec<usize> {
    let mut next = vec![Vec::new(); count];
    let mut before = vec![Vec::new(); count];
    for &(from, to) in edges {
        if from != to {
            next[from].push(to);
            before[to].push(from);
        }
    }
    let group = groups(&next);
    // What a node still waits for; wires within a loop's group count until the loop is opened there.
    let mut waits: Vec<usize> = before.iter().map(Vec::len).collect();
    let mut ready: BTreeSet<usize> = (0..count).filter(|&i| waits[i] == 0).collect();
    // What a loop's group still waits for from outside it. A whole group is entered only when nothing outside it is
    // still to come for any of its members.
    let mut outside = vec![0; count];
    let mut members = vec![Vec::new(); count];
    for node in 0..count {
        let wires = before[node].iter().filter(|&&b| group[b] != group[node]);
        outside[group[node]] += wires.count();
        members[group[node]].push(node);
    }
    let mut openable: BTreeSet<usize> = (0..count).filter(|&i| outside[group[i]] == 0).collect();
    let mut done = vec![false; count];
    let mut found = Vec::with_capacity(count);
    while found.len() < count {
        // Where only loops are left, the first that can be is opened.
        let Some(node) = ready.pop_first().or_else(|| openable.first().copied()) else {
            break; // Cannot be: groups without each other form no loop, so one of them waits for nothing.
        };
        openable.remove(&node);
        done[node] = true;
        found.push(node);
        for &to in &next[node] {
            waits[to] -= 1;
            if waits[to] == 0 && !done[to] {
                ready.insert(to);
            }
            if group[to] != group[node] {
                outside[group[to]] -= 1;
                if outside[group[to]] == 0 {
                    openable.extend(members[group[to]].iter().filter(|&&m| !done[m]));
                }
            }
        }
    }
    found
}

/// For each node a number that it shares exactly with the nodes it forms loops with (Tarjan's strongly connected
/// components, with a stack of its own instead of recursion: graphs may be deep).
fn groups(next: &[Vec<usize>]) -> Vec<usize> {
    const NEW: usize = usize::MAX;
    let count = next.len();
    let (mut number, mut low) = (vec![NEW; count], vec![0; count]);
    let mut group = vec![NEW; count];
    let (mut path, mut open, mut counter) = (Vec::new(), Vec::new(), 0);
    for root in 0..count {
        if number[root] != NEW {
            continue;
        }
        path.push((root, 0));
        while let Some(&(node, edge)) = path.last() {
            if edge == 0 {
                number[node] = counter;
                low[node] = counter;
                counter += 1;
                open.push(node);
            }
            if let Some(&to) = next[node].get(edge) {
                if let Some(top) = path.last_mut() {
                    top.1 += 1;
                }
                if number[to] == NEW {
                    path.push((to, 0));
                } else if group[to] == NEW {
                    low[node] = low[node].min(number[to]);
                }
                continue;
            }
            path.pop();
            if let Some(&(parent, _)) = path.last() {
                low[parent] = low[parent].min(low[node]);
            }
            if low[node] == number[node] {
                while let Some(member) = open.pop() {
                    group[member] = node;
                    if member == node {
                        break;
                    }
                }
            }
        }
    }
    group
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sources_come_first_and_ties_keep_the_patch_s_order() {
        assert_eq!(order(4, &[(3, 0), (2, 0)]), [1, 2, 3, 0]);
        assert_eq!(order(3, &[]), [0, 1, 2]);
    }

    #[test]
    fn a_loop_is_opened_where_it_was_begun() {
        assert_eq!(order(2, &[(0, 1), (1, 0)]), [0, 1]);
        // An effect declared first, fed by a loop declared later, still comes after it.
        assert_eq!(order(3, &[(1, 2), (2, 1), (2, 0)]), [1, 2, 0]);
        // A loop fed by another one waits for it.
        assert_eq!(
            order(4, &[(0, 1), (1, 0), (2, 3), (3, 2), (2, 0)]),
            [2, 3, 0, 1]
        );
        assert_eq!(order(1, &[(0, 0)]), [0]);
    }

    #[test]
    fn a_chain_of_ten_thousand_nodes_is_no_matter() {
        let edges: Vec<_> = (1..10_000).map(|i| (i, i - 1)).collect();
        assert_eq!(order(10_000, &edges)[0], 9_999);
    }

    #[test]
    fn a_thousand_loops_in_a_chain_are_no_matter() {
        let pair = |i: usize| [(2 * i, 2 * i + 1), (2 * i + 1, 2 * i)];
        let mut edges: Vec<_> = (0..1000).flat_map(pair).collect();
        edges.extend((1..1000).map(|i| (2 * i, 2 * i - 2)));
        let found = order(2000, &edges);
        assert_eq!(found[..4], [1998, 1999, 1996, 1997]);
        assert_eq!(found.len(), 2000);
    }

    proptest! {
        #[test]
        fn every_node_runs_once_and_no_wire_without_a_loop_is_late(
            edges in prop::collection::vec((0usize..12, 0usize..12), 0..30)
        ) {
            let found = order(12, &edges);
            let mut at = [usize::MAX; 12];
            found.iter().enumerate().for_each(|(i, &n)| at[n] = i);
            prop_assert!(at.iter().all(|&i| i < 12));
            let mut next = vec![Vec::new(); 12];
            edges.iter().for_each(|&(a, b)| next[a].push(b));
            let group = groups(&next);
            for (a, b) in edges {
                prop_assert!(at[a] < at[b] || group[a] == group[b], "{} -> {}", a, b);
            }
        }
    }
}
