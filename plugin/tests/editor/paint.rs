//! Pictures of the editor without a graphics card: triangles painted one after the other, as egui describes them.
//!
//! Plain arithmetic, so a picture is the same on every machine, and no driver has to be there. Colours are blended as
//! egui's own renderers do it: premultiplied, in the space of the screen.

use std::collections::HashMap;

use egui::epaint::{ImageData, Primitive, Vertex};
use egui::{Color32, ColorImage, Context, FullOutput, Mesh, Pos2, Rect, TextureId, TexturesDelta};
use egui_kittest::TestRenderer;
use image::{Rgba, RgbaImage};

/// A renderer for tests, with its textures.
#[derive(Default)]
pub struct Painter {
    textures: HashMap<TextureId, ColorImage>,
}

impl TestRenderer for Painter {
    fn handle_delta(&mut self, delta: &mut TexturesDelta) {
        for (id, images) in delta.set.drain() {
            for delta in images {
                let ImageData::Color(new) = &delta.image;
                match (delta.pos, self.textures.get_mut(&id)) {
                    (Some([left, top]), Some(texture)) => {
                        let [width, height] = new.size;
                        for y in 0..height {
                            let from = y * width;
                            let to = (top + y) * texture.size[0] + left;
                            texture.pixels[to..to + width]
                                .copy_from_slice(&new.pixels[from..from + width]);
                        }
                    }
                    _ => drop(self.textures.insert(id, ColorImage::clone(new))),
                }
            }
        }
        for id in delta.free.drain() {
            self.textures.remove(&id);
        }
    }

    fn render(&mut self, ctx: &Context, output: &FullOutput) -> Result<RgbaImage, String> {
        let scale = ctx.pixels_per_point();
        let size = ctx.content_rect().size() * scale;
        let (width, height) = (size.x.round() as usize, size.y.round() as usize);
        let mut canvas = Canvas {
            width,
            height,
            pixels: vec![[0.0; 4]; width * height],
        };
        for clipped in ctx.tessellate(output.shapes.clone(), scale) {
            if let Primitive::Mesh(mesh) = &clipped.primitive {
                let texture = self.textures.get(&mesh.texture_id);
                let texture = texture.ok_or("a mesh with a texture that nobody made")?;
                canvas.mesh(mesh, texture, clipped.clip_rect, scale);
            }
        }
        let mut image = RgbaImage::new(width as u32, height as u32);
        for (to, pixel) in image.pixels_mut().zip(&canvas.pixels) {
            let byte = |channel: usize| (pixel[channel] * 255.0).round() as u8;
            *to = Rgba([byte(0), byte(1), byte(2), 255]);
        }
        Ok(image)
    }
}

struct Canvas {
    width: usize,
    height: usize,
    /// Premultiplied, 0…1.
    pixels: Vec<[f32; 4]>,
}

impl Canvas {
    fn mesh(&mut self, mesh: &Mesh, texture: &ColorImage, clip: Rect, scale: f32) {
        let edge = |at: f32, most: usize| (at * scale).round().clamp(0.0, most as f32) as usize;
        let clip = [
            edge(clip.left(), self.width)..edge(clip.right(), self.width),
            edge(clip.top(), self.height)..edge(clip.bottom(), self.height),
        ];
        for corners in mesh.indices.chunks_exact(3) {
            let corner = |i: usize| mesh.vertices[corners[i] as usize];
            self.triangle([corner(0), corner(1), corner(2)], texture, &clip, scale);
        }
    }

    /// Every pixel whose centre lies within; of two triangles with a common edge one has the centres on it.
    fn triangle(
        &mut self,
        mut corners: [Vertex; 3],
        texture: &ColorImage,
        clip: &[std::ops::Range<usize>; 2],
        scale: f32,
    ) {
        for corner in &mut corners {
            corner.pos = (corner.pos.to_vec2() * scale).to_pos2();
        }
        if twice(corners[0].pos, corners[1].pos, corners[2].pos) < 0.0 {
            corners.swap(1, 2);
        }
        let [a, b, c] = corners;
        let area = twice(a.pos, b.pos, c.pos);
        if area <= 0.0 {
            return;
        }
        let span = |one: f32, two: f32, three: f32, within: &std::ops::Range<usize>| {
            let least = one.min(two).min(three).floor().max(within.start as f32);
            let most = one.max(two).max(three).ceil().min(within.end as f32);
            least as usize..(most.max(0.0) as usize).max(least as usize)
        };
        let across = span(a.pos.x, b.pos.x, c.pos.x, &clip[0]);
        let plain = a.color == b.color && b.color == c.color && a.uv == b.uv && b.uv == c.uv;
        let flat = plain.then(|| shade(tint(a.color), sample(texture, a.uv)));
        for y in span(a.pos.y, b.pos.y, c.pos.y, &clip[1]) {
            for x in across.clone() {
                let at = Pos2::new(x as f32 + 0.5, y as f32 + 0.5);
                let edges = [(b.pos, c.pos), (c.pos, a.pos), (a.pos, b.pos)];
                let weights = edges.map(|(from, to)| twice(from, to, at));
                let within = weights.iter().zip(edges).all(|(weight, (from, to))| {
                    *weight > 0.0 || *weight == 0.0 && is_own(from, to)
                });
                if !within {
                    continue;
                }
                let [u, v, w] = weights.map(|weight| weight / area);
                let colour = flat.unwrap_or_else(|| {
                    let [p, q, r] = [a.color, b.color, c.color].map(tint);
                    let mixed = std::array::from_fn(|i| u * p[i] + v * q[i] + w * r[i]);
                    let uv = a.uv.to_vec2() * u + b.uv.to_vec2() * v + c.uv.to_vec2() * w;
                    shade(mixed, sample(texture, uv.to_pos2()))
                });
                let pixel = &mut self.pixels[y * self.width + x];
                for (under, over) in pixel.iter_mut().zip(colour) {
                    *under = over + *under * (1.0 - colour[3]);
                }
            }
        }
    }
}

/// Twice the area of a triangle, positive where its corners go round with the clock on the screen.
fn twice(a: Pos2, b: Pos2, c: Pos2) -> f32 {
    (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x)
}

/// Whether what lies on an edge belongs to this side of it: upper and left ones do.
fn is_own(from: Pos2, to: Pos2) -> bool {
    (from.y == to.y && to.x > from.x) || to.y < from.y
}

fn tint(colour: Color32) -> [f32; 4] {
    colour.to_array().map(|byte| f32::from(byte) / 255.0)
}

fn shade(colour: [f32; 4], texel: [f32; 4]) -> [f32; 4] {
    std::array::from_fn(|i| colour[i] * texel[i])
}

/// What a texture is at a place, between its points.
fn sample(texture: &ColorImage, uv: Pos2) -> [f32; 4] {
    let [width, height] = texture.size;
    let (x, y) = (uv.x * width as f32 - 0.5, uv.y * height as f32 - 0.5);
    let (left, top) = (x.floor(), y.floor());
    let (right_share, lower_share) = (x - left, y - top);
    let texel = |dx: f32, dy: f32| {
        let column = (left + dx).clamp(0.0, width as f32 - 1.0) as usize;
        let row = (top + dy).clamp(0.0, height as f32 - 1.0) as usize;
        tint(texture.pixels[row * width + column])
    };
    let corners = [
        (texel(0.0, 0.0), (1.0 - right_share) * (1.0 - lower_share)),
        (texel(1.0, 0.0), right_share * (1.0 - lower_share)),
        (texel(0.0, 1.0), (1.0 - right_share) * lower_share),
        (texel(1.0, 1.0), right_share * lower_share),
    ];
    std::array::from_fn(|i| corners.iter().map(|(texel, share)| texel[i] * share).sum())
}
